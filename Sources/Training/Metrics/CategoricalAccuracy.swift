import Kernels
import Protocol

/// How often the largest prediction is at the place of the largest target (keras/src/metrics/accuracy_metrics.py).
struct CategoricalAccuracy: Metric {
    static let className = "CategoricalAccuracy"
    static let arguments = Argument.metric("categorical_accuracy")
    static let direction: MetricDirection? = .up

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try CategoricalAccuracyOperation(site)
    }
}

private final class CategoricalAccuracyOperation: MeanMetricOperation {
    private let classes: Int

    init(_ site: MetricSite) throws {
        let shape = try MatchedShapes(
            target: site.target, prediction: site.prediction, for: CategoricalAccuracy.className
        ).shape
        classes = shape[shape.count - 1]
        try super.init(
            rows: shape[0], valuesPerRow: shape.dropFirst().dropLast().reduce(1, *), arena: site.arena)
    }

    override func write(_ batch: MetricBatch, to values: UnsafeMutablePointer<Float>) {
        for index in 0..<batch.rows * valuesPerRow {
            let start = index * classes
            let isRight =
                Kernels.argmax(batch.target + start, count: classes)
                == Kernels.argmax(batch.prediction + start, count: classes)
            values[index] = isRight ? 1 : 0
        }
    }
}
