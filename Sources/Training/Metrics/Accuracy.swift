import Protocol

/// How often predictions equal targets (keras/src/metrics/accuracy_metrics.py).
struct Accuracy: Metric {
    static let className = "Accuracy"
    static let arguments = Argument.metric("accuracy")
    static let direction: MetricDirection? = .up

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation { try AccuracyOperation(site) }
}

private final class AccuracyOperation: MeanMetricOperation {
    private let compared: ComparedRows

    init(_ site: MetricSite) throws {
        compared = try ComparedRows(site, for: Accuracy.className)
        try super.init(site, values: compared.shape)
    }

    override func write(_ batch: MetricBatch, to values: UnsafeMutablePointer<Float>) {
        let (target, prediction) = compared.repeated(batch)
        for index in 0..<batch.rows * valuesPerRow {
            values[index] = prediction[index] == target[index] ? 1 : 0
        }
    }
}
