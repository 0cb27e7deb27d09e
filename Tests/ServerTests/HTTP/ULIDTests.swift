import Server
import Testing

@Suite struct ULIDTests {
    @Test func namesAreUniqueAndSortByTime() async throws {
        let first = ULID().description
        try await Task.sleep(for: .milliseconds(2))
        let names = (0..<1000).map { _ in ULID().description }
        #expect(Set(names).count == 1000)
        #expect(names.allSatisfy { first < $0 && $0.count == 26 })
        let alphabet = Set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
        #expect(names.allSatisfy { $0.allSatisfy(alphabet.contains) })
    }
}
