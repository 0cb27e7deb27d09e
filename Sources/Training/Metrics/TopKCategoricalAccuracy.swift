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
    private let targetClasses: Int
    private let classes: Int
    private let k: Int

    init(k: Int, _ site: MetricSite) throws {
        let labels = Array(site.target.dropLast())
        guard !labels.isEmpty, labels.reduce(1, *) == site.prediction.dropLast().reduce(1, *) else {
            throw ComparedRows.misfit(
                TopKCategoricalAccuracy.className, target: site.target, prediction: site.prediction)
        }
        targetClasses = site.target[site.target.count - 1]
        classes = site.prediction[site.prediction.count - 1]
        self.k = k
        try super.init(site, values: labels)
    }

    override func write(_ batch: MetricBatch, to values: UnsafeMutablePointer<Float>) {
        for index in 0..<batch.rows * valuesPerRow {
            let label = Kernels.argmax(batch.target + index * targetClasses, count: targetClasses)
            let isFound =
                label < classes
                && TopK.contains(label, batch.prediction + index * classes, count: classes, k: k)
            values[index] = isFound ? 1 : 0
        }
    }
}
