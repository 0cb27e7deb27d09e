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
    private let targetClasses: Int
    private let classes: Int
    private let targets: RowMap
    private let predictions: RowMap

    /// Targets and predictions are compared by where their largest are, so that they may have different classes.
    init(_ site: MetricSite) throws {
        let (target, prediction) = (Array(site.target.dropLast()), Array(site.prediction.dropLast()))
        guard let shape = ShapeFit.repeated(target, prediction) else {
            throw ComparedRows.misfit(
                CategoricalAccuracy.className, target: site.target, prediction: site.prediction)
        }
        targetClasses = site.target[site.target.count - 1]
        classes = site.prediction[site.prediction.count - 1]
        targets = try RowMap(target, to: shape, arena: site.arena)
        predictions = try RowMap(prediction, to: shape, arena: site.arena)
        try super.init(site, values: shape)
    }

    override func write(_ batch: MetricBatch, to values: UnsafeMutablePointer<Float>) {
        for row in 0..<batch.rows {
            for index in 0..<valuesPerRow {
                let target = batch.target + (row * targets.sourceCount + targets[index]) * targetClasses
                let prediction =
                    batch.prediction + (row * predictions.sourceCount + predictions[index]) * classes
                let isRight =
                    Kernels.argmax(target, count: targetClasses) == Kernels.argmax(prediction, count: classes)
                values[row * valuesPerRow + index] = isRight ? 1 : 0
            }
        }
    }
}
