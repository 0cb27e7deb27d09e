import Protocol
import Testing
import Training

/// Activations by expression: how they are read and written, and what is refused.
@Suite struct ActivationTests {
    private func model(_ className: String, _ config: JSONObject, input: JSONValue = [6, 4]) throws
        -> Sequential
    {
        var config = config
        config["input_shape"] = input
        return try Sequential(
            ModelDefinition(reading: [
                "layers": [["class_name": .string(className), "config": .object(config)]]
            ]))
    }

    /// Keras's form of a function, which it loads with `custom_objects`, and the expression beside it.
    @Test func isWrittenAsKerasWritesAFunction() throws {
        let written: JSONValue = [
            "module": "builtins", "class_name": "function", "config": "swish2",
            "registered_name": "function", "expression": "x * K.sigmoid(x)",
        ]
        let spellings: [JSONValue] = [written, ["name": "swish2", "expression": "x * K.sigmoid(x)"]]
        for spelling in spellings {
            let model = try model("Dense", ["units": 2, "activation": spelling])
            #expect(model.kerasConfig["config"]?["layers"]?.array?[1]["config"]?["activation"] == written)
        }
    }

    @Test func unknownFunctionsOfPythonAreAskedForAsExpressions() throws {
        let function: JSONValue = [
            "module": "builtins", "class_name": "function", "config": "swish2", "registered_name": "function",
        ]
        for argument in ["activation", "kernel_regularizer"] {
            let problem = try #require(throws: Problem.self) {
                try model("Dense", ["units": 2, argument: function])
            }
            #expect(
                problem.errors.map(\.pointer.description) == ["/layers/0/config/\(argument)"]
                    && problem.detail.contains("is an expression, as in"), "\(problem)")
        }
    }

    static let faults: [(String, JSONObject, String, String)] = [
        (
            "Dense", ["units": 2, "activation": ["expression": "K.mean(x, axis=-1)"]],
            "/layers/0/config/activation/expression", "keeps the shape"
        ),
        (
            "Dense", ["units": 2, "activation": ["expression": "K.sum(x)"]],
            "/layers/0/config/activation/expression", "first axis is not the batch's"
        ),
        (
            "Dense", ["units": 2, "activation": ["expression": "x * sigmod(x)"]],
            "/layers/0/config/activation/expression", "did you mean 'sigmoid'?"
        ),
        (
            "Dense", ["units": 2, "activation": ["expression": "x", "nmae": "f"]],
            "/layers/0/config/activation/nmae", "Did you mean 'name'?"
        ),
        (
            "LSTM", ["units": 3, "activation": ["expression": "x[:, :2]"]],
            "/layers/0/config/activation/expression", "keeps the shape"
        ),
        ("LSTM", ["units": 4, "recurrent_activation": "glu"], "/layers/0/config", "changes the shape"),
        (
            "ConvLSTM1D",
            [
                "filters": 2, "kernel_size": 2, "input_shape": [3, 6, 4],
                "activation": ["name": "squash", "expression": "x / K.max(x, axis=1, keepdims=True)"],
            ], "/layers/0/config", "cannot use squash as activation"
        ),
    ]

    @Test(arguments: faults) func faultsTellTheirPlace(
        _ className: String, _ config: JSONObject, _ pointer: String, _ part: String
    ) throws {
        let problem = try #require(throws: Problem.self) {
            try model(className, config, input: config["input_shape"] ?? [6, 4])
        }
        #expect(
            problem.kind == .unprocessable
                && problem.errors.contains { $0.pointer.description == pointer && $0.detail.contains(part) },
            "\(problem.errors.map { "\($0.pointer): \($0.detail)" })")
    }
}
