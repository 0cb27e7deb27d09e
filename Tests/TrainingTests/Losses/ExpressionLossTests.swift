import Protocol
import Testing
import Training

/// Losses and metrics by expression, held against Keras's with the same Python functions.
@Suite struct ExpressionLossTests {
    @Test func figuresAndWeightsAreKeras() throws {
        var fit = SmallFit()
        fit.compile["loss"] = [
            "name": "weighted",
            "expression": "ops.mean(ops.square(y_true - y_pred) * ops.exp(y_true), axis=-1)",
        ]
        let worst: JSONValue = ["name": "worst", "expression": "ops.max(ops.abs(y_true - y_pred), axis=-1)"]
        fit.compile["metrics"] = [["name": "mean_pred", "expression": "K.mean(y_pred)"], worst]
        fit.compile["weighted_metrics"] = [worst]
        // numpy.linspace(0.2, 2, 12)
        fit.sampleWeight = (0..<12).map { Float(0.2 + 1.8 * Double($0) / 11) }
        let outcome = try fit.run()
        let keras: [(String, [Double])] = [
            ("loss", [0.8433099, 0.5508614, 0.5251213]), ("mean_pred", [0.3368654, 0.3227826, 0.4882112]),
            ("worst", [0.7599435, 0.6005307, 0.681684]),
            ("weighted_worst", [0.7278076, 0.5641786, 0.6247401]),
        ]
        #expect(Set(outcome.history.values.keys) == Set(keras.map(\.0)))
        for (name, want) in keras {
            for (a, b) in zip(outcome.history(name), want) { #expect(abs(a - b) < 3e-6, "\(name)") }
        }
        #expect(abs(outcome.weights[0] - 0.238282) < 3e-6 && abs(outcome.weights[10] - 0.371997) < 3e-6)
    }

    /// A loss of the whole batch, and one of each sample, learn as the loss that they spell out.
    @Test(
        arguments: [
            "K.mean(K.square(y_pred - y_true))", "K.square(y_pred - y_true)", "(y_true - y_pred) ** 2",
        ]
    ) func spelledOutLossLearnsAlike(_ expression: String) throws {
        let named = try SmallFit().run()
        var fit = SmallFit()
        fit.compile["loss"] = ["expression": .string(expression)]
        let outcome = try fit.run()
        for (a, b) in zip(outcome.weights, named.weights) { #expect(abs(a - b) < 1e-6) }
        for (a, b) in zip(outcome.history("loss"), named.history("loss")) { #expect(abs(a - b) < 1e-6) }
    }

    static let faults: [(JSONObject, String, String)] = [
        (["loss": ["expression": "K.maen(y_pred)"]], "/loss/expression", "did you mean 'K.mean'?"),
        (["loss": ["expression": "K.mean(y_perd)"]], "/loss/expression", "did you mean 'y_pred'?"),
        (["loss": ["expression": "K.mean(y_pred"]], "/loss/expression", "')' is missing"),
        (["loss": ["expression": "y_pred", "reductoin": "sum"]], "/loss/reductoin", "'reduction'"),
        (
            ["loss": "mse", "metrics": ["mae", ["name": "m", "expression": "y_pred.mean()"]]],
            "/metrics/1/expression", "Character 1"
        ),
        (["loss": "mse", "metrics": [["expression": 3]]], "/metrics/0/expression", "is a string"),
    ]

    @Test(arguments: faults) func faultsTellTheirPlace(
        _ compile: JSONObject, _ pointer: String, _ part: String
    ) throws {
        let problem = try #require(throws: Problem.self) { try Compilation(reading: .object(compile)) }
        #expect(
            problem.errors.contains { $0.pointer.description == pointer && $0.detail.contains(part) },
            "\(problem.errors.map { "\($0.pointer): \($0.detail)" })")
    }

    @Test func shapesThatDoNotFitAreTold() throws {
        var fit = SmallFit()
        fit.compile["metrics"] = [["name": "fourth", "expression": "y_pred[:, 3]"]]
        let problem = try #require(throws: Problem.self) { try fit.makeFit() }
        #expect(problem.detail.contains("The metric 'fourth' does not fit"))
        fit.compile["metrics"] = []
        fit.compile["loss"] = ["name": "blind", "expression": "K.mean(y_true)"]
        let other = try #require(throws: Problem.self) { try fit.makeFit() }
        #expect(other.detail.contains("no gradient by y_pred"))
    }
}
