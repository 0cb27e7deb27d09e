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
    private let targets: RowMap
    private let predictions: RowMap

    init(_ site: MetricSite) throws {
        let prediction = Array(site.prediction.dropLast())
        let isColumn = site.target.count == site.prediction.count && site.target.last == 1
        let target = isColumn ? Array(site.target.dropLast()) : site.target
        guard site.prediction.count >= 2, let shape = ShapeFit.repeated(target, prediction) else {
            throw ShapeError(
                "SparseCategoricalAccuracy takes one class number for each prediction of shape \(Shape(site.prediction).batch(nil)), but the targets have shape \(Shape(site.target).batch(nil))."
            )
        }
        classes = site.prediction[site.prediction.count - 1]
        targets = try RowMap(target, to: shape, arena: site.arena)
        predictions = try RowMap(prediction, to: shape, arena: site.arena)
        try super.init(
            site, values: shape.count > 1 && shape.last == 1 ? Array(shape.dropLast()) : shape)
    }

    override func write(_ batch: MetricBatch, to values: UnsafeMutablePointer<Float>) {
        for row in 0..<batch.rows {
            for index in 0..<valuesPerRow {
                let prediction =
                    batch.prediction + (row * predictions.sourceCount + predictions[index]) * classes
                let label = batch.target[row * targets.sourceCount + targets[index]]
                values[row * valuesPerRow + index] =
                    Float(Kernels.argmax(prediction, count: classes)) == label ? 1 : 0
            }
        }
    }
}
