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
    init(_ site: MetricSite) throws {
        let shape = try MatchedShapes(
            target: site.target, prediction: site.prediction, for: Accuracy.className
        ).shape
        try super.init(rows: shape[0], valuesPerRow: shape.dropFirst().reduce(1, *), arena: site.arena)
    }

    override func write(_ batch: MetricBatch, to values: UnsafeMutablePointer<Float>) {
        for index in 0..<batch.rows * valuesPerRow {
            values[index] = batch.prediction[index] == batch.target[index] ? 1 : 0
        }
    }
}
