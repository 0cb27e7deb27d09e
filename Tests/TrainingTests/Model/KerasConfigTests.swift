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
        for line in config.differences(from: written) { Issue.record("\(name): \(line)") }
    }

    @Test(arguments: ["core-discretization", "reshaping-crop-resizing"])
    func layersThatWriteNoFlagAreTrainable(_ name: String) throws {
        let model = try Sequential(ModelDefinition(reading: KerasCase(named: name).json["model"] ?? .null))
        let frozen = model.description.layers.filter { !$0.isTrainable }
        #expect(frozen.map(\.name) == [])
    }
}
