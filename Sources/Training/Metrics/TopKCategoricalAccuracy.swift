import Kernels
import Protocol

/// How often the largest target's place is among those of the `k` largest predictions
/// (keras/src/metrics/accuracy_metrics.py).
struct TopKCategoricalAccuracy: Metric {
    static let className = "TopKCategoricalAccuracy"
    static let arguments: [Argument] =
        Argument.metric("top_k_categorical_accuracy") + [.integer("k", default: 5)]
    static let direction: MetricDirection? = .up

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try TopKCategoricalAccuracyOperation(k: configuration.integer("k"), site)
    }
}

private final class TopKCategoricalAccuracyOperation: MeanMetricOperation {
    private let classes: Int
    private let k: Int

    init(k: Int, _ site: MetricSite) throws {
        let shape = try MatchedShapes(
            target: site.target, prediction: site.prediction, for: TopKCategoricalAccuracy.className
        ).shape
        classes = shape[shape.count - 1]
        self.k = k
        try super.init(
            rows: shape[0], valuesPerRow: shape.dropFirst().dropLast().reduce(1, *), arena: site.arena)
    }

    override func write(_ batch: MetricBatch, to values: UnsafeMutablePointer<Float>) {
        for index in 0..<batch.rows * valuesPerRow {
            let start = index * classes
            let label = Kernels.argmax(batch.target + start, count: classes)
            values[index] = TopK.contains(label, batch.prediction + start, count: classes, k: k) ? 1 : 0
        }
    }
}
