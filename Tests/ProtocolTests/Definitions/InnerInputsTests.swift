import Protocol
import Testing

/// Keras 1 and 2 let layers inside others state an input too.
@Suite struct InnerInputsTests {
    private func read(_ layer: JSONValue) throws -> ModelDefinition {
        try ModelDefinition(reading: ["layers": [layer]])
    }

    @Test(
        arguments: [
            ["class_name": "Dense", "config": ["units": 2, "batch_input_shape": [nil, 4]]],
            ["class_name": "Dense", "config": ["units": 2, "input_shape": [4]]],
            ["class_name": "Dense", "units": 2, "input_dim": 4],
            ["class_name": "InputLayer", "config": ["batch_shape": [nil, 4]]],
            [
                "class_name": "Sequential",
                "config": ["layers": [["class_name": "Dense", "config": ["units": 2, "input_dim": 4]]]],
            ],
        ] as [JSONValue])
    func firstOfAStackStatesTheModelsInput(_ first: JSONValue) throws {
        let definition = try read(["class_name": "Sequential", "config": ["layers": [first]]])
        #expect(definition.inputShape == Shape([nil, 4]))
        let config = definition.layers[0].config
        let inner = config["layers"]?.array?.first
        if first["class_name"] != "InputLayer" {
            #expect(config["build_input_shape"] == [nil, 4])
            #expect(inner?["config"]?["input_dim"] == nil && inner?["input_dim"] == nil)
            #expect(inner?["config"]?["batch_input_shape"] == nil)
        } else {
            #expect(inner == first)
        }
    }

    @Test func elsewhereItIsPassedOver() throws {
        let lstm: JSONValue = [
            "class_name": "LSTM", "config": ["units": 2, "batch_input_shape": [nil, 5, 3]],
        ]
        let definition = try read(["class_name": "Bidirectional", "config": ["layer": lstm]])
        #expect(definition.inputShape == nil)
        #expect(definition.layers[0].config["layer"]?["config"] == ["units": 2])
    }

    @Test func badSizeIsToldWhereItStands() throws {
        let dense: JSONValue = ["class_name": "Dense", "config": ["units": 2, "input_dim": -4]]
        let problem = #expect(throws: Problem.self) {
            try read(["class_name": "Sequential", "config": ["layers": [dense]]])
        }
        #expect(
            problem?.errors.map { "\($0.pointer)" } == ["/layers/0/config/layers/0/config/input_dim"])
    }
}
