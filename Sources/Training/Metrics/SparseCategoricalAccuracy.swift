import Kernels
import Protocol

/// How often the largest prediction is at the place that the target names (keras/src/metrics/accuracy_metrics.py).
struct SparseCategoricalAccuracy: Metric {
    static let className = "SparseCategoricalAccuracy"
    static let arguments = Argument.metric("sparse_categorical_accuracy")
    static let direction: MetricDirection? = .up

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try SparseCategoricalAccuracyOperation(site)
    }
}

private final class SparseCategoricalAccuracyOperation: MeanMetricOperation {
    private let classes: Int

    init(_ site: MetricSite) throws {
        let labels = Array(site.prediction.dropLast())
        guard site.prediction.count >= 2, site.target == labels || site.target == labels + [1] else {
            throw ShapeError(
                "SparseCategoricalAccuracy takes one class number for each prediction of shape \(Shape(site.prediction).batch(nil)), but the targets have shape \(Shape(site.target).batch(nil))."
            )
        }
        classes = site.prediction[site.prediction.count - 1]
        try super.init(rows: labels[0], valuesPerRow: labels.dropFirst().reduce(1, *), arena: site.arena)
    }

    override func write(_ batch: MetricBatch, to values: UnsafeMutablePointer<Float>) {
        for index in 0..<batch.rows * valuesPerRow {
            let found = Kernels.argmax(batch.prediction + index * classes, count: classes)
            values[index] = Float(found) == batch.target[index] ? 1 : 0
        }
    }
}
