import Protocol
import Testing
import Training

/// Each example layer held against what Keras wrote of it and what shapes Keras gave it.
@Suite struct LayerKerasTests {
    /// An example and what `Fixtures/Layers/generate.py` had Keras say of it.
    struct Pair: Sendable, CustomStringConvertible {
        let example: LayerExample
        let keras: JSONValue
        var description: String { example.description }

        /// The same with the configuration of a layer as Keras wrote it.
        func reading(_ layer: JSONValue) -> Pair {
            Pair(example: example.with(layer["config"] ?? [:]), keras: keras)
        }

        /// A stack that holds the layer alone, behind an input of a shape.
        func stack(_ input: JSONValue) throws -> Sequential {
            let dtype: JSONValue = if case .indices = example.values { "int32" } else { "float32" }
            let input: JSONValue = [
                "class_name": "InputLayer", "config": ["batch_shape": input, "dtype": dtype],
            ]
            return try Sequential(ModelDefinition(reading: ["layers": [input, example.definition]]))
        }
    }

    /// All that Keras knows: it takes no expressions.
    static let known = pairs.filter { $0.keras["written"] != nil }

    static let pairs = zip(LayerExample.all, LayerExample.fixture("keras")).map {
        Pair(example: $0, keras: $1)
    }

    @Test func kerasSaidSomethingOfEveryExample() {
        #expect(Self.pairs.count == LayerExample.all.count)
        for pair in Self.pairs {
            #expect(pair.keras["example"] == pair.example.json, "run generate.py: \(pair)")
        }
    }

    @Test(arguments: known) func isWrittenAsKerasWritesIt(_ pair: Pair) throws {
        let want = try #require(pair.keras["written"])
        let config = try pair.stack(pair.keras["input"] ?? []).kerasConfig
        let got = try #require(config["config"]?["layers"]?.array?.last)
        #expect(got.differences(from: want) == [])
        // What Keras wrote reads back as the same layer.
        let again = try pair.reading(want).stack(pair.keras["input"] ?? []).kerasConfig
        #expect(again["config"]?["layers"]?.array?.last == got)
    }

    @Test(arguments: known) func givesKerassShapes(_ pair: Pair) throws {
        for shape in pair.keras["shapes"]?.array ?? [] {
            guard let input = shape["input"] else { continue }
            if let output = shape["output"] {
                #expect(try pair.stack(input).outputShape?.json == output, "\(input)")
            } else {
                let problem = #expect(throws: Problem.self, "\(input)") { try pair.stack(input) }
                #expect(problem?.kind == .unprocessable)
            }
        }
    }
}
