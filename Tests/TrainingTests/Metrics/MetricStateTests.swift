import Protocol
import Testing
import Training

/// Every metric goes on from its kept state as if it had not been interrupted, weighted or not, and forgets when it is
/// reset. Its figures are held against Keras's in the parity suite.
@Suite struct MetricStateTests {
    /// What a metric is tried on.
    struct Trial: CustomTestStringConvertible, Sendable {
        var name: String
        var config: JSONObject = [:]
        var target: [Int] = [4, 3]
        var prediction: [Int] = [4, 3]
        var weights = [4]
        var targets: SteadyRandom.Values = .numbers
        var predictions: SteadyRandom.Values = .numbers

        var testDescription: String { "\(name) \(config.keys.joined(separator: " "))" }

        static func binary(_ name: String, _ config: JSONObject = [:]) -> Trial {
            Trial(name: name, config: config, targets: .classes(2), predictions: .probabilities)
        }

        static func classes(_ name: String, _ config: JSONObject = [:]) -> Trial {
            Trial(name: name, config: config, targets: .oneHot, predictions: .distributions)
        }

        static func sparse(_ name: String, _ config: JSONObject = [:]) -> Trial {
            Trial(
                name: name, config: config, target: [4, 1], prediction: [4, 3], targets: .classes(3),
                predictions: .distributions)
        }
    }

    static let trials: [Trial] =
        [
            "MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "RootMeanSquaredError",
            "LogCoshError", "CosineSimilarity", "R2Score", "PearsonCorrelation", "ConcordanceCorrelation",
            "Hinge", "SquaredHinge", "CategoricalHinge",
        ].map { Trial(name: $0) }
        + ["MeanSquaredLogarithmicError", "Poisson"].map {
            Trial(name: $0, targets: .positive, predictions: .positive)
        }
        + [
            "BinaryAccuracy", "BinaryCrossentropy", "Precision", "Recall", "TruePositives", "FalsePositives",
            "TrueNegatives", "FalseNegatives", "AUC",
        ].map { .binary($0) }
        + [
            .binary("Precision", ["thresholds": [0.7, 0.2, 0.5]]), .binary("Recall", ["top_k": 2]),
            .binary("AUC", ["multi_label": true, "curve": "PR"]),
            .binary("AUC", ["curve": "PRGAIN", "summation_method": "minoring"]),
            .binary("SensitivityAtSpecificity", ["specificity": 0.5]),
            .binary("SpecificityAtSensitivity", ["sensitivity": 0.5]),
            .binary("PrecisionAtRecall", ["recall": 0.5]), .binary("RecallAtPrecision", ["precision": 0.4]),
            Trial(name: "BinaryIoU", weights: [4, 3], targets: .classes(2), predictions: .probabilities),
            .classes("CategoricalAccuracy"), .classes("CategoricalCrossentropy"),
            .classes("KLDivergence"), .classes("TopKCategoricalAccuracy", ["k": 2]), .classes("F1Score"),
            .classes("FBetaScore", ["average": "weighted", "beta": 2.0]),
            .classes("OneHotIoU", ["num_classes": 3, "target_class_ids": [0, 2]]),
            .classes("OneHotMeanIoU", ["num_classes": 3]), .sparse("SparseCategoricalAccuracy"),
            .sparse("SparseCategoricalCrossentropy", ["ignore_class": 1]),
            .sparse("SparseTopKCategoricalAccuracy", ["k": 2]),
            .sparse("MeanIoU", ["num_classes": 3, "sparse_y_pred": false]),
            .sparse("IoU", ["num_classes": 3, "target_class_ids": [1], "sparse_y_pred": false]),
            Trial(name: "Accuracy", targets: .classes(2), predictions: .classes(2)),
        ]

    @Test func everyMetricIsTried() {
        #expect(Set(Self.trials.map(\.name)) == Set(Registry.metrics.names))
    }

    @Test(arguments: trials, [false, true]) func goesOnFromItsState(_ trial: Trial, isWeighted: Bool) throws {
        let metric = try #require(
            Registry.metrics.read(
                ["class_name": .string(trial.name), "config": .object(trial.config)], at: .root,
                faults: Faults()))
        let site = try MetricSite(
            target: trial.target, prediction: trial.prediction,
            weights: WeightShapes(sampleWeight: isWeighted ? trial.weights : nil), memoryLimit: 1 << 24)
        try withExtendedLifetime(site) {
            let whole = try metric.makeOperation(site)
            var random = SteadyRandom(state: 11)
            let batches = (0..<4).map { _ in
                (
                    random.values(trial.targets, trial.target),
                    random.values(trial.predictions, trial.prediction),
                    random.values(.positive, trial.weights)
                )
            }
            func feed(_ operation: MetricOperation, _ range: Range<Int>) {
                for (target, prediction, weight) in batches[range] {
                    weight.withUnsafeBufferPointer { buffer in
                        var weights = RowWeights()
                        weights.values = isWeighted ? buffer.baseAddress : nil
                        operation.update(
                            MetricBatch(
                                rows: trial.prediction[0], target: target, prediction: prediction,
                                weights: weights))
                    }
                }
            }
            feed(whole, 0..<4)
            let first = try metric.makeOperation(site)
            feed(first, 0..<2)
            let second = try metric.makeOperation(site)
            feed(second, 3..<4)
            second.reset()
            second.state = first.state
            feed(second, 2..<4)
            #expect(second.result == whole.result)
            #expect(!whole.result.scalar.isNaN)
            #expect(first.state != whole.state)
        }
    }
}
