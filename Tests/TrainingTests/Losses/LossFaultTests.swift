import Protocol
import Testing
import Training

/// What is said when targets and predictions do not fit a loss or a metric, or arguments are wrong.
@Suite struct LossFaultTests {
    static let shapes: [(String, JSONObject, [Int], [Int], String)] = [
        ("MeanSquaredError", [:], [4, 3], [4, 2], "the same shape"),
        ("CategoricalCrossentropy", [:], [4], [4, 3], "sparse_categorical_crossentropy"),
        ("MeanSquaredError", [:], [4], [4, 5, 1], "the same shape"),
        ("BinaryCrossentropy", [:], [4, 1], [4, 3], "the same shape"),
        ("BinaryCrossentropy", ["axis": 0], [4, 3], [4, 3], "axis 0"),
        ("CategoricalFocalCrossentropy", [:], [4, 3], [4, 1], "the same shape"),
        ("CategoricalGeneralizedCrossEntropy", [:], [4, 1], [4, 3], "without an axis for the classes"),
        ("CategoricalCrossentropy", ["axis": 3], [4, 3], [4, 3], "axis 3"),
        ("SparseCategoricalCrossentropy", [:], [4, 3], [4, 3], "use categorical_crossentropy"),
        ("CTC", [:], [4, 3], [4, 5], "(None, steps, classes)"),
        ("Circle", [:], [4, 3], [4, 3], "one class number"),
        ("Dice", ["axis": [0, 4]], [4, 3], [4, 3], "axis 4"),
    ]

    @Test(arguments: shapes) func shapesThatDoNotFit(
        _ name: String, _ config: JSONObject, _ target: [Int], _ prediction: [Int], _ part: String
    ) throws {
        let loss = try #require(
            Registry.losses.read(
                ["class_name": .string(name), "config": .object(config)], at: .root, faults: Faults()))
        let site = try LossSite(target: target, prediction: prediction, memoryLimit: 1 << 20)
        let error = try #require(throws: ShapeError.self) { try loss.operation(site) }
        #expect(error.detail.contains(part), "\(error.detail)")
    }

    static let arguments: [(JSONObject, String, String)] = [
        (["loss": "mean_squared_eror"], "/loss", "Did you mean 'MeanSquaredError'?"),
        (
            ["loss": ["class_name": "Huber", "config": ["delta": "wide"]]], "/loss/config/delta",
            "is a number"
        ),
        (
            ["loss": ["class_name": "MeanSquaredError", "config": ["reduction": "avg"]]],
            "/loss/config/reduction", "reduction cannot be"
        ),
        (
            ["loss": ["class_name": "CategoricalGeneralizedCrossEntropy", "config": ["q": 1]]],
            "/loss/config/q", "from"
        ),
        (
            ["loss": "mse", "metrics": [["class_name": "Precision", "config": ["thresholds": [0.5, 2]]]]],
            "/metrics/0/config/thresholds", "from 0 to 1"
        ),
        (
            ["loss": "mse", "metrics": [["class_name": "MeanIoU", "config": [:]]]],
            "/metrics/0/config/num_classes", "needs the argument"
        ),
        (
            [
                "loss": "mse",
                "metrics": [["class_name": "IoU", "config": ["num_classes": 2, "target_class_ids": [2]]]],
            ], "/metrics/0/config/target_class_ids", "from 0 to 1"
        ),
        (
            [
                "loss": "mse",
                "optimizer": ["class_name": "SGD", "config": ["clipnorm": 1, "clipvalue": 0.5]],
            ], "/optimizer/config/clipvalue", "Only one of clipnorm, clipvalue"
        ),
        (
            ["loss": "mse", "optimizer": ["class_name": "Muon", "config": ["rms_rate": "a"]]],
            "/optimizer/config/rms_rate", "number or null"
        ),
    ]

    @Test(arguments: arguments) func argumentsThatDoNotFit(
        _ compile: JSONObject, _ pointer: String, _ part: String
    )
        throws
    {
        let problem = try #require(throws: Problem.self) { try Compilation(reading: .object(compile)) }
        #expect(
            problem.errors.contains { $0.pointer.description == pointer && $0.detail.contains(part) },
            "\(problem.errors.map { "\($0.pointer): \($0.detail)" })")
    }
}
