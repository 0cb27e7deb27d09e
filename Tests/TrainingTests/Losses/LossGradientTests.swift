import Protocol
import Testing
import Training

/// Every loss's gradient is held against differences of its own values, and its values against Keras's in the parity
/// suite.
@Suite struct LossGradientTests {
    /// What a loss is tried on.
    struct Trial: CustomTestStringConvertible, Sendable {
        var name: String
        var config: JSONObject = [:]
        var target: [Int] = [4, 3]
        var prediction: [Int] = [4, 3]
        var targets: SteadyRandom.Values = .numbers
        var predictions: SteadyRandom.Values = .numbers

        var testDescription: String { "\(name) \(config.values.map(\.brief))" }
    }

    static let trials: [Trial] = [
        Trial(name: "MeanSquaredError"), Trial(name: "MeanAbsoluteError"),
        Trial(name: "MeanAbsolutePercentageError"),
        Trial(name: "MeanSquaredLogarithmicError", targets: .positive, predictions: .positive),
        Trial(name: "MeanSquaredError", target: [4, 1], prediction: [4, 3]),
        Trial(name: "MeanSquaredError", target: [4, 3], prediction: [4, 1]),
        Trial(name: "MeanSquaredError", target: [4], prediction: [4, 1]),
        Trial(name: "LogCosh", target: [2, 1, 3], prediction: [2, 4, 1]),
        Trial(name: "LogCosh", target: [2, 4], prediction: [2, 4, 1]),
        Trial(name: "CosineSimilarity", target: [4, 1], prediction: [4, 3]),
        Trial(name: "CosineSimilarity", config: ["axis": 1], target: [2, 3, 1], prediction: [2, 3, 4]),
        Trial(
            name: "Dice", config: ["axis": [1]], target: [2, 3, 1], prediction: [2, 3, 4],
            targets: .classes(2), predictions: .probabilities),
        Trial(
            name: "Dice", target: [4, 3], prediction: [4, 1], targets: .classes(2),
            predictions: .probabilities),
        Trial(
            name: "BinaryCrossentropy", config: ["axis": 1], target: [2, 3, 4], prediction: [2, 3, 4],
            targets: .classes(2), predictions: .probabilities),
        Trial(name: "Huber", config: ["delta": 0.6]), Trial(name: "LogCosh"),
        Trial(name: "Poisson", targets: .positive, predictions: .positive),
        Trial(name: "KLDivergence", targets: .distributions, predictions: .distributions),
        Trial(name: "Hinge", targets: .signs), Trial(name: "Hinge", targets: .classes(2)),
        Trial(name: "SquaredHinge", targets: .signs),
        Trial(name: "CategoricalHinge", targets: .distributions),
        Trial(name: "BinaryCrossentropy", targets: .classes(2), predictions: .probabilities),
        Trial(
            name: "BinaryCrossentropy", config: ["from_logits": true, "label_smoothing": 0.1],
            targets: .classes(2)),
        Trial(name: "BinaryFocalCrossentropy", targets: .classes(2), predictions: .probabilities),
        Trial(
            name: "BinaryFocalCrossentropy",
            config: ["from_logits": true, "apply_class_balancing": true, "gamma": 1.5, "alpha": 0.3],
            targets: .classes(2)),
        Trial(
            name: "CategoricalCrossentropy", config: ["label_smoothing": 0.2], targets: .distributions,
            predictions: .probabilities),
        Trial(name: "CategoricalCrossentropy", config: ["from_logits": true], targets: .distributions),
        Trial(
            name: "CategoricalCrossentropy", config: ["axis": 1], target: [2, 3, 4], prediction: [2, 3, 4],
            targets: .probabilities, predictions: .probabilities),
        Trial(
            name: "CategoricalFocalCrossentropy", config: ["gamma": 1.5], targets: .distributions,
            predictions: .probabilities),
        Trial(
            name: "CategoricalFocalCrossentropy", config: ["from_logits": true], target: [3, 11],
            prediction: [3, 11], targets: .distributions),
        Trial(
            name: "SparseCategoricalCrossentropy", target: [4], prediction: [4, 9], targets: .classes(9),
            predictions: .probabilities),
        Trial(
            name: "SparseCategoricalCrossentropy", config: ["from_logits": true, "ignore_class": 1],
            target: [4, 3, 1], prediction: [4, 3, 5], targets: .classes(5)),
        Trial(
            name: "CategoricalGeneralizedCrossEntropy", target: [4], prediction: [4, 3], targets: .classes(3),
            predictions: .probabilities),
        Trial(name: "CosineSimilarity"),
        Trial(name: "CosineSimilarity", config: ["axis": 1], target: [2, 3, 4], prediction: [2, 3, 4]),
        Trial(name: "Dice", targets: .classes(2), predictions: .probabilities),
        Trial(
            name: "Dice", config: ["axis": [1, 2]], target: [2, 3, 2, 2], prediction: [2, 3, 2, 2],
            targets: .classes(2), predictions: .probabilities),
        Trial(
            name: "Tversky", config: ["alpha": 0.3, "beta": 0.8, "axis": [0, 1]], targets: .classes(2),
            predictions: .probabilities),
        Trial(
            name: "Circle", config: ["gamma": 4, "margin": 0.3], target: [6], prediction: [6, 3],
            targets: .classes(2), predictions: .units),
        Trial(name: "CTC", target: [3, 3], prediction: [3, 8, 5], targets: .labels(5)),
    ]

    @Test func everyLossIsTried() {
        #expect(Set(Self.trials.map(\.name)) == Set(Registry.losses.names))
    }

    @Test(arguments: trials) func gradientIsTheLimitOfDifferences(_ trial: Trial) throws {
        let faults = Faults()
        let loss = try #require(
            Registry.losses.read(
                ["class_name": .string(trial.name), "config": .object(trial.config)], at: .root,
                faults: faults))
        let site = try LossSite(target: trial.target, prediction: trial.prediction, memoryLimit: 1 << 24)
        try withExtendedLifetime(site) { check(try loss.operation(site), trial) }
    }

    private func check(_ operation: LossOperation, _ trial: Trial) {
        let rows = trial.prediction[0]
        var random = SteadyRandom(state: 7)
        let target = random.values(trial.targets, trial.target)
        var prediction = random.values(trial.predictions, trial.prediction)
        let count = operation.valueCount(rows: rows)
        let slopes = (0..<count).map { 0.5 + Float($0 % 3) }

        func objective(_ prediction: [Float]) -> Double {
            var values = [Float](repeating: 0, count: count)
            operation.forward(rows: rows, target: target, prediction: prediction, values: &values)
            return zip(values, slopes).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }

        var gradient = [Float](repeating: .nan, count: prediction.count)
        _ = objective(prediction)
        operation.backward(
            rows: rows, target: target, prediction: prediction, valueGradient: slopes, gradient: &gradient)
        let step: Float = 2e-3
        for index in prediction.indices {
            let middle = prediction[index]
            prediction[index] = middle + step
            let above = objective(prediction)
            prediction[index] = middle - step
            let below = objective(prediction)
            prediction[index] = middle
            let slope = (above - below) / Double((middle + step) - (middle - step))
            #expect(
                abs(slope - Double(gradient[index])) <= 4e-3 * max(1, abs(slope)),
                "\(trial.testDescription)[\(index)]: \(gradient[index]), differences give \(slope)")
        }
    }
}
