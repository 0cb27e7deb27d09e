import Protocol
import Testing
import Training

/// Expressions as layers: their shapes, their faults, and what is written of them.
@Suite struct LambdaTests {
    private func model(_ config: JSONObject, input: JSONValue = [4]) throws -> Sequential {
        var config = config
        config["input_shape"] = input
        return try Sequential(
            ModelDefinition(reading: [
                "layers": [["class_name": "Lambda", "config": .object(config)]]
            ]))
    }

    static let shapes: [(String, JSONValue, Shape)] = [
        ("x * K.sigmoid(x)", [4], Shape([nil, 4])),
        ("K.sum(x, axis=-1)", [4], Shape([nil])),
        ("K.expand_dims(x, -1)", [4], Shape([nil, 4, 1])),
        ("K.mean(x, axis=1)", [nil, 8], Shape([nil, 8])),
        ("x[:, ::2]", [6, 8], Shape([nil, 3, 8])),
        ("K.concatenate([x, x], axis=1)", [nil, 8], Shape([nil, nil, 8])),
        ("K.reshape(x, (-1, 4))", [2, 2], Shape([nil, 4])),
    ]

    @Test(arguments: shapes) func shapeFollowsFromTheExpression(
        _ text: String, _ input: JSONValue, _ output: Shape
    ) throws {
        #expect(try model(["expression": .string(text)], input: input).outputShape == output)
    }

    static let faults: [(JSONObject, String, String)] = [
        (
            ["expression": "K.mean(x)"], "/layers/0/config/expression",
            "Character 1: the value has the shape ()"
        ),
        (["expression": "K.sum(x, axis=0)"], "/layers/0/config/expression", "first axis is not the batch's"),
        (["expression": "K.transpose(x)"], "/layers/0/config/expression", "(4, batch)"),
        (["expression": "K.reshape(x, (-1, 2))"], "/layers/0/config/expression", "(2·batch, 2)"),
        (["expression": "x * sgmoid(x)"], "/layers/0/config/expression", "did you mean 'sigmoid'?"),
        (["expression": "x * y"], "/layers/0/config/expression", "Character 5"),
        (["expression": "lambda x: x"], "/layers/0/config/expression", "only the function's body"),
        (["expression": 3], "/layers/0/config/expression", "is an expression, such as"),
        (["function": ["expression": "x[:, 9]"]], "/layers/0/config/function/expression", "Character"),
        (
            ["function": ["expresion": "x"]], "/layers/0/config/function/expresion",
            "Did you mean 'expression'?"
        ),
        (["function": "x", "expression": "x"], "/layers/0/config/expression", "are the same argument"),
        ([:], "/layers/0/config/function", "needs the argument 'function'"),
        (["expression": "x", "output_shape": [5]], "/layers/0/config/output_shape", "gives (4,)"),
        (["expression": "x", "arguments": ["x": 2]], "/layers/0/config/arguments", "object of numbers"),
        (["expression": "x", "arguments": [2]], "/layers/0/config/arguments", "object of numbers"),
        (["expression": "x", "mask": "x"], "/layers/0/config/mask", "no mask"),
    ]

    @Test(arguments: faults) func faultsTellTheirPlace(
        _ config: JSONObject, _ pointer: String, _ part: String
    ) throws {
        let problem = try #require(throws: Problem.self) { try model(config) }
        #expect(
            problem.kind == .unprocessable
                && problem.errors.contains { $0.pointer.description == pointer && $0.detail.contains(part) },
            "\(problem.errors.map { "\($0.pointer): \($0.detail)" })")
    }

    /// As Keras 3 and Keras 2 write `Lambda(lambda x: x * 2)`, and Keras 3 `Lambda(function)`.
    static let python: [JSONObject] = [
        [
            "function": [
                "class_name": "__lambda__", "config": ["code": "4wEAAA==", "defaults": nil, "closure": nil],
            ], "arguments": [:],
        ],
        [
            "function": ["4wEAAA==\n", nil, nil], "function_type": "lambda", "module": "__main__",
            "output_shape": nil, "output_shape_type": "raw", "output_shape_module": nil, "arguments": [:],
        ],
        [
            "function": [
                "module": "builtins", "class_name": "function", "config": "swish2",
                "registered_name": "function",
            ], "arguments": [:],
        ],
    ]

    @Test(arguments: python) func pythonIsNeverRun(_ config: JSONObject) throws {
        let problem = try #require(throws: Problem.self) { try model(config) }
        #expect(problem.errors.map(\.pointer.description) == ["/layers/0/config/function"])
        #expect(
            problem.detail.hasPrefix("Python code is never run.")
                && problem.detail.contains(#"{"expression": "x * K.sigmoid(x)"}"#))
    }

    @Test func innerLambdasTellTheirPlace() throws {
        let inner: JSONValue = ["class_name": "Lambda", "config": ["expression": "K.sum(x)"]]
        let problem = try #require(throws: Problem.self) {
            try Sequential(
                ModelDefinition(reading: [
                    "layers": [
                        [
                            "class_name": "TimeDistributed",
                            "config": ["layer": inner, "input_shape": [3, 4]],
                        ]
                    ]
                ]))
        }
        #expect(problem.errors.map(\.pointer.description) == ["/layers/0/config/layer/config/expression"])
    }

    @Test func openSizesAreNamed() throws {
        let problem = try #require(throws: Problem.self) {
            try model(["expression": "x[:, 5]"], input: [nil, 8])
        }
        #expect(problem.detail.contains("(None, None, 8)"))
    }

    /// Averages over the batch are those of each step where the layer stands in TimeDistributed, in prediction too.
    @Test(arguments: [true, false]) func stepsAreBatchesOfTheirOwn(_ isTraining: Bool) throws {
        let layer = try LayerExample(
            "TimeDistributed",
            ["layer": ["class_name": "Lambda", "config": ["expression": "x - K.mean(x, axis=0)"]]]
        ).makeLayer()
        let trial = try LayerTrial(layer, shape: [2, 3, 1], isTraining: isTraining)
        #expect(trial.forward([1, 2, 3, 5, 8, 13], rows: 2) == [-2, -3, -5, 2, 3, 5])
    }
}
