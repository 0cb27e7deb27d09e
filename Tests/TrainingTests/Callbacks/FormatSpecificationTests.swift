import Protocol
import Testing
import Training

/// Numbers as Python's `format` writes them.
@Suite struct FormatSpecificationTests {
    @Test func numbersAreWrittenAsByPython() {
        let cases = CallbackFixture.cases("formats")
        #expect(cases.count > 300)
        for each in cases.map(\.json) {
            let specification = FormatSpecification(each["spec"]?.string ?? "")
            var text: String?
            if case .integer(let value) = each["value"] {
                if specification?.formats(integer: true) == true { text = specification?.string(Int(value)) }
            } else {
                let words: [String: Double] = ["nan": .nan, "inf": .infinity]
                let value = each["value"]?.number ?? words[each["value"]?.string ?? ""] ?? 0
                if specification?.formats(integer: false) == true { text = specification?.string(value) }
            }
            #expect(text == each["text"]?.string, "\(each)")
        }
    }

    @Test(arguments: ["999d", ".300f", "0.f", "{}", "é", "<<<", "99999999999999999999d"])
    func whatWouldFillTheMemoryOrIsNoneIsRefused(_ text: String) {
        #expect(FormatSpecification(text) == nil)
    }
}
