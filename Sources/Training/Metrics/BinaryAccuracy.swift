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
    private let compared: ComparedRows

    init(threshold: Float, _ site: MetricSite) throws {
        self.threshold = threshold
        compared = try ComparedRows(site, for: BinaryAccuracy.className)
        try super.init(site, values: compared.shape)
    }

    override func write(_ batch: MetricBatch, to values: UnsafeMutablePointer<Float>) {
        let (target, prediction) = compared.repeated(batch)
        for index in 0..<batch.rows * valuesPerRow {
            let predicted: Float = prediction[index] > threshold ? 1 : 0
            values[index] = predicted == target[index] ? 1 : 0
        }
    }
}
