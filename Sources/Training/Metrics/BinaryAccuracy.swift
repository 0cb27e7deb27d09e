import Protocol

/// The share of predictions on the right side of a threshold (keras/src/metrics/accuracy_metrics.py).
struct BinaryAccuracy: Metric {
    static let className = "BinaryAccuracy"
    static let arguments: [Argument] =
        Argument.metric("binary_accuracy") + [.number("threshold", in: 0...1, default: 0.5)]
    static let direction: MetricDirection? = .up

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try BinaryAccuracyOperation(threshold: configuration.float("threshold"), site)
    }
}

private final class BinaryAccuracyOperation: MeanMetricOperation {
    private let threshold: Float

    init(threshold: Float, _ site: MetricSite) throws {
        let shape = try MatchedShapes(
            target: site.target, prediction: site.prediction, for: BinaryAccuracy.className
        ).shape
        self.threshold = threshold
        try super.init(rows: shape[0], valuesPerRow: shape.dropFirst().reduce(1, *), arena: site.arena)
    }

    override func write(_ batch: MetricBatch, to values: UnsafeMutablePointer<Float>) {
        for index in 0..<batch.rows * valuesPerRow {
            let predicted: Float = batch.prediction[index] > threshold ? 1 : 0
            values[index] = predicted == batch.target[index] ? 1 : 0
        }
    }
}
