import Protocol
import Testing
import Training

/// What a model is written as, held against what Keras wrote of the same model.
@Suite struct KerasConfigTests {
    static let names = KerasCase.all.filter { !KerasCase.pending.contains($0) }

    @Test(arguments: names) func isWhatKerasWrites(_ name: String) throws {
        let kerasCase = try KerasCase(named: name)
        let written = kerasCase.json["reference_model"] ?? kerasCase.json["model"] ?? .null
        let config = try Sequential(ModelDefinition(reading: written)).kerasConfig
        for line in differences(config, written, at: "") { Issue.record("\(name): \(line)") }
    }

    /// Where two documents differ; the order of members does not matter.
    private func differences(_ got: JSONValue, _ want: JSONValue, at place: String) -> [String] {
        if let got = got.object, let want = want.object {
            return Set(got.keys).union(want.keys).sorted().flatMap { key -> [String] in
                switch (got[key], want[key]) {
                case (let mine?, let theirs?): differences(mine, theirs, at: "\(place)/\(key)")
                case (nil, _): ["\(place)/\(key) is missing"]
                case (_, nil): ["\(place)/\(key) is not Keras's"]
                }
            }
        }
        if let got = got.array, let want = want.array, got.count == want.count {
            return zip(got, want).enumerated().flatMap { differences($1.0, $1.1, at: "\(place)/\($0)") }
        }
        if let got = got.number, let want = want.number, got == want { return [] }
        return got == want ? [] : ["\(place) is \(got.encodedString()), Keras has \(want.encodedString())"]
    }
}
