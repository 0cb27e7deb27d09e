import Protocol

/// The best of one figure among thresholds at which another reaches a value (`SensitivitySpecificityBase` in
/// keras/src/metrics/confusion_metrics.py).
final class OperatingPointOperation: ConfusionOperation {
    private let value: Double
    private let constrained: (ConfusionCounts) -> Double
    private let figure: (ConfusionCounts) -> Double

    init(
        _ configuration: Arguments, value: String, _ site: MetricSite, name: String,
        constrained: @escaping (ConfusionCounts) -> Double, figure: @escaping (ConfusionCounts) -> Double
    ) throws {
        self.value = configuration.number(value)
        self.constrained = constrained
        self.figure = figure
        let count = configuration.integer("num_thresholds")
        let thresholds = count == 1 ? [0.5] : (0..<count).map { Double($0) / Double(count - 1) }
        try super.init(
            ConfusionTally(thresholds, isEven: count > 1),
            Selection(classID: configuration.optionalInteger("class_id")), site, name: name)
    }

    override var result: MetricValue {
        var best = 0.0
        // Keras compares in single precision.
        for counts in tallies[0].counts where Float(constrained(counts)) >= Float(value) {
            best = max(best, figure(counts))
        }
        return .number(best)
    }
}

extension Argument {
    /// The arguments of such a metric.
    static func operatingPoint(_ name: String, value: String) -> [Argument] {
        metric(name) + [
            .classID, .integer("num_thresholds", in: 1...1_000_000, default: 200), .number(value, in: 0...1),
        ]
    }
}
