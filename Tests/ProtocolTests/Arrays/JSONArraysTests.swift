import Protocol
import Testing

@Suite struct JSONArraysTests {
    private func array(_ text: String) throws -> NDArray { try NDArray(json: JSONValue(parsing: text)) }

    @Test func choosesTheDtypeAsNumPyDoes() throws {
        #expect(try array("[true,false]") == NDArray([true, false], shape: [2]))
        #expect(try array("[[1,2],[3,-4]]") == NDArray([1, 2, 3, -4] as [Int64], shape: [2, 2]))
        #expect(try array("[1,true]") == NDArray([1, 1] as [Int64], shape: [2]))
        #expect(try array("[1,true,2.5]") == NDArray([1, 1, 2.5] as [Double], shape: [3]))
        #expect(try array("7") == NDArray([7] as [Int64], shape: []))
        #expect(try array("[]") == NDArray([] as [Double], shape: [0]))
        #expect(try array("[[],[]]") == NDArray([] as [Double], shape: [2, 0]))
        #expect(try array("[9007199254740993]").integers == [9_007_199_254_740_993])
        let special = try array(#"["NaN","Infinity","-Infinity",1]"#).doubles
        #expect(special[0].isNaN && Array(special[1...]) == [.infinity, -.infinity, 1])
    }

    @Test(arguments: [
        ("[[1,2],[3]]", "/1"), ("[[1],[2,3]]", "/1"), ("[1,[2]]", "/1"), ("[[1],2]", "/1"),
        ("[[1,2],[3,null]]", "/1/1"), (#"[1,"x"]"#, "/1"), ("[1,1e400]", "/1"), ("[[[1]],[[{}]]]", "/1/0/0"),
        ("null", ""), (#"["1"]"#, "/0"), ("[[1],[[2]]]", "/1/0"),
    ])
    func refusesWithAPointer(text: String, pointer: String) {
        let problem = problem { _ = try array(text) }
        #expect(problem?.kind == .unprocessable)
        #expect(problem?.errors.map(\.pointer.description) == [pointer])
    }

    @Test func refusesTooManyDimensions() {
        let text = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
        #expect(problem { _ = try array(text) }?.kind == .unprocessable)
    }

    @Test func readsABundleAndALoneList() throws {
        let bundle = try load(Array(#"{"x": [[1.5, 2], [3, 4]], "y": [0, 1]}"#.utf8))
        #expect(bundle.map(\.name) == ["x", "y"])
        #expect(bundle.map(\.array.shape) == [[2, 2], [2]])
        let lone = try load(Array("[1, 2]".utf8), name: "lone")
        #expect(lone.map(\.name) == ["lone"])
    }

    @Test(arguments: [
        ("{}", Problem.Kind.unprocessable), (#"{"x": 1}"#, .unprocessable), (#"{"x": "a"}"#, .unprocessable),
        (#"{"../x": [1]}"#, .malformed), (#"{"x": [1]"#, .malformed), ("7", .unprocessable),
    ])
    func refusesOtherDocuments(text: String, kind: Problem.Kind) {
        #expect(problem { _ = try load(Array(text.utf8), as: .json) }?.kind == kind)
    }

    @Test func writesWhatItReads() throws {
        for text in ["[[1,2],[3,4]]", "[true,false]", "[0.1,2.5]", "[[],[]]", "7"] {
            var output: [UInt8] = []
            try array(text).appendJSON(to: &output)
            #expect(String(decoding: output, as: UTF8.self) == text)
        }
    }
}
