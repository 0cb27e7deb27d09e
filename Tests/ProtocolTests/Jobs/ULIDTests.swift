import Protocol
import Testing

@Suite struct ULIDTests {
    /// The example of https://github.com/ulid/spec: 01ARZ3NDEK is the time 1469918176385.
    @Test func examplesOfTheSpecification() throws {
        let example = try #require(ULID(parsing: "01ARZ3NDEKTSV4RRFFQ69G5FAV"))
        #expect(example.description == "01ARZ3NDEKTSV4RRFFQ69G5FAV")
        #expect(ULID(parsing: "01ARYZ6S41TSV4RRFFQ69G5FAV")?.milliseconds == 1_469_918_176_385)
        let greatest = ULID(milliseconds: 281_474_976_710_655, random: (.max, .max))
        #expect(greatest.description == "7ZZZZZZZZZZZZZZZZZZZZZZZZZ")
        #expect(ULID(parsing: "7ZZZZZZZZZZZZZZZZZZZZZZZZZ") == greatest)
    }

    @Test(arguments: [
        "", "01ARZ3NDEKTSV4RRFFQ69G5FA", "01ARZ3NDEKTSV4RRFFQ69G5FAVV", "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
        "01ARZ3NDEKTSV4RRFFQ69G5FAU", "01ARZ3NDEKTSV4RRFFQ69G5FAé", "01arz3ndektsv4rrffq69g5fav",
    ])
    func othersAreRefused(text: String) {
        #expect(ULID(parsing: text) == nil)
    }

    @Test func textSortsAsTheValue() {
        var value = ULID(milliseconds: 1_469_918_176_385, random: (0, .max - 2))
        for _ in 0..<5 {
            let next = value.successor
            #expect(value < next)
            #expect(value.description < next.description)
            value = next
        }
        #expect(value < ULID(milliseconds: 1_469_918_176_386, random: (0, 0)))
    }

    @Test func newOnesAreUniqueAndSortByTime() async throws {
        let first = ULID()
        try await Task.sleep(for: .milliseconds(2))
        let later = (0..<1000).map { _ in ULID() }
        #expect(Set(later).count == 1000)
        #expect(later.allSatisfy { first < $0 && first.description < $0.description })
    }

    @Test func identifiersAreTold() throws {
        let id = try #require(JobID(parsing: "job_01ARZ3NDEKTSV4RRFFQ69G5FAV"))
        #expect(id.description == "job_01ARZ3NDEKTSV4RRFFQ69G5FAV")
        #expect(ModelID(parsing: "job_01ARZ3NDEKTSV4RRFFQ69G5FAV") == nil)
        #expect(DatasetID(parsing: "ds_01ARZ3NDEKTSV4RRFFQ69G5FAV")?.ulid == id.ulid)
    }
}
