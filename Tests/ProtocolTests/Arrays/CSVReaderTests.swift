import Protocol
import Testing

@Suite struct CSVReaderTests {
    private func read(
        _ text: String, _ selection: CSVSelection = CSVSelection()
    ) throws -> [(name: String, array: NDArray)] {
        try load(Array(text.utf8), as: .csv, selection: selection)
    }

    private func refusal(_ text: String, _ selection: CSVSelection = CSVSelection()) -> Problem? {
        problem { _ = try read(text, selection) }
    }

    @Test func readsColumnsAsNumPyHasThem() throws {
        let file = try Fixture.bytes("NumPy/table.csv")
        #expect(ArrayFormat.detect(prefix: file) == .csv)
        let expected = try Fixture.arrays("NumPy/table.json")
        let arrays = try load(file)
        #expect(
            arrays.map(\.name) == ["sepal length, cm", "count", "large", "the \"label\"", "scientific"])
        for (name, array) in arrays { #expect(array == expected[name]?.array, "\(name)") }
    }

    @Test func readsOtherLineEndsQuotesSpacesAndWords() throws {
        let arrays = try read("\u{feff}a,\"b\"\r\n 1 ,\"2.5\"\n\n+3,-1e-2\r\n-4,nan\n5, -inf")
        #expect(arrays.map(\.name) == ["a", "b"])
        #expect(arrays[0].array == (try NDArray([1, 3, -4, 5] as [Int64], shape: [4])))
        #expect(arrays[1].array.doubles.prefix(2) == [2.5, -0.01])
        #expect(arrays[1].array.doubles[2].isNaN && arrays[1].array.doubles[3] == -.infinity)
    }

    @Test func bundlesColumns() throws {
        let text = "a,b,c,d\n1,2,3,0\n4,5.5,6,1\n"
        let bundle = try read(text, CSVSelection(columns: ["c", "a"], label: "d"))
        #expect(bundle.map(\.name) == ["x", "y"])
        #expect(bundle[0].array == (try NDArray([3, 1, 6, 4] as [Int64], shape: [2, 2])))
        #expect(bundle[1].array == (try NDArray([0, 1] as [Int64], shape: [2])))
        let rest = try read(text, CSVSelection(label: "a"))
        #expect(rest[0].array == (try NDArray([2, 3, 0, 5.5, 6, 1] as [Double], shape: [2, 3])))
        #expect(try read(text, CSVSelection(columns: ["b"])).map(\.array.shape) == [[2, 1]])
    }

    @Test func ignoresTextInColumnsThatAreNotSelected() throws {
        let arrays = try read("id,a,b\nx,1,2\ny,3,4\n", CSVSelection(columns: ["a"], label: "b"))
        #expect(arrays.map(\.array.integers) == [[1, 3], [2, 4]])
    }

    @Test func keepsIntegersExactAndFallsBackToFloat() throws {
        let arrays = try read(
            "a,b,c\n9223372036854775807,9223372036854775808,1\n-9223372036854775807,1,1.0\n")
        #expect(arrays[0].array.integers == [.max, -.max])
        #expect(arrays[1].array == (try NDArray([9_223_372_036_854_775_808, 1] as [Double], shape: [2])))
        #expect(arrays[2].array.dtype == .float64)
    }

    @Test func manyRowsComeInPieces() throws {
        let rows = 300_000
        let text = "a,b,c\n" + (0..<rows).map { "\($0),\(-$0),\(Double($0) / 4)\n" }.joined()
        let arrays = try read(text)
        #expect(arrays[0].array.integers == (0..<Int64(rows)).map { $0 })
        #expect(arrays[1].array.integers == (0..<Int64(rows)).map { -$0 })
        #expect(arrays[2].array.doubles == (0..<rows).map { Double($0) / 4 })
    }

    @Test(arguments: [
        ("a,b\n1,x\n", "Line 2, column 2 ('b') of the CSV file is 'x', not a number."),
        (
            "a,b\n1,2\n1,\n",
            "Line 3, column 2 ('b') of the CSV file is empty; write NaN for a missing number."
        ),
        ("a,b\n1,2,3\n", "Line 2 of the CSV file has more than 2 fields; the header has 2."),
        ("a,b\n1,2\n\n1\n", "Line 4 of the CSV file has 1 fields; the header has 2."),
        (
            "a;b\n1;2\n",
            "Line 2, column 1 ('a;b') of the CSV file is '1;2', not a number. Separate fields by commas."
        ),
        (
            ",a\n0,1\n",
            "Column 1 of the CSV header has no name (pandas leaves the index out with to_csv(index=False))."
        ),
        ("a,a\n0,1\n", "Two columns of the CSV header are named 'a'."),
        ("a,b\n", "The CSV file has a header row but no rows of numbers."),
        ("\n\n", "The CSV file is empty."),
        ("a\n0x10\n", "Line 2, column 1 ('a') of the CSV file is '0x10', not a number."),
    ])
    func refusesWithThePlace(text: String, detail: String) {
        let problem = refusal(text)
        #expect(problem?.kind == .unprocessable)
        #expect(problem?.detail == detail)
    }

    @Test(arguments: [
        "1e", "e5", ".", "-", "+-1", "1 2", "1_0", "0b1", "infinit", "nann", "1.2.3", "--1", "1e5x", "²",
    ])
    func refusesWhatIsNoNumber(field: String) {
        #expect(refusal("a\n\(field)\n")?.kind == .unprocessable)
    }

    @Test(arguments: ["a\n\"1\n", "a\n\"1\"2\n", "a\n1\"2\n", "a\r1\n", "\"a"])
    func refusesBrokenFiles(text: String) {
        #expect(refusal(text)?.kind == .malformed)
    }

    @Test func whatIsReadInMemoryIsBounded() throws {
        let name = String(repeating: "a", count: 17 << 20)
        #expect(refusal("\(name)\n1\n")?.kind == .contentTooLarge)
        let columns = (0..<60_000).map { "\($0)" + String(repeating: "a", count: 300) }
        #expect(
            refusal(columns.joined(separator: ",") + "\n", CSVSelection(label: "y"))?.kind
                == .contentTooLarge)
        let digits = String(repeating: "1", count: 4096)
        #expect(try read("a\n0.\(digits.dropFirst(2))\n")[0].array.doubles[0].rounded(.up) == 1)
        #expect(refusal("a\n1\(digits)\n")?.kind == .unprocessable)
    }

    @Test func refusesSelectionsThatDoNotFit() {
        let text = "a,b\n1,2\n"
        #expect(
            refusal(text, CSVSelection(label: "z"))?.detail == "The CSV file has no column 'z'; it has a, b.")
        #expect(refusal(text, CSVSelection(columns: ["a", "a"]))?.kind == .unprocessable)
        #expect(refusal(text, CSVSelection(columns: ["a"], label: "a"))?.kind == .unprocessable)
        #expect(refusal("a\n1\n", CSVSelection(label: "a"))?.kind == .unprocessable)
    }
}
