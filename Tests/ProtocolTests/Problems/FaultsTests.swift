import Protocol
import Testing

@Suite struct FaultsTests {
    @Test func keepsAHundredAndWordsNoMore() {
        let faults = Faults()
        var worded = 0
        func detail() -> String {
            worded += 1
            return "wrong"
        }
        for index in 0..<1000 { faults.add(JSONPointer.root.appending(index), detail()) }
        #expect(faults.found.count == 100)
        #expect(worded == 100, "a body may have millions of faults")
    }
}
