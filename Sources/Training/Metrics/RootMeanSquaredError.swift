import Kernels
import Protocol

/// The root of the mean squared error over all batches (keras/src/metrics/regression_metrics.py).
struct RootMeanSquaredError: Metric {
    static let className = "RootMeanSquaredError"
    static let arguments = Argument.metric("root_mean_squared_error")
    static let direction: MetricDirection? = .down

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try RootMeanSquaredErrorOperation(site)
    }
}

private final class RootMeanSquaredErrorOperation: MeanMetricOperation {
    init(_ site: MetricSite) throws {
        let shape = try MatchedShapes(
            target: site.target, prediction: site.prediction, for: RootMeanSquaredError.className
        ).shape
        try super.init(rows: shape[0], valuesPerRow: shape.dropFirst().reduce(1, *), arena: site.arena)
    }

    override var heedsMask: Bool { false }

    override func write(_ batch: MetricBatch, to values: UnsafeMutablePointer<Float>) {
        ElementwiseLoss.squaredError.values(
            batch.target, batch.prediction, to: values, count: batch.rows * valuesPerRow)
    }

    override func shown(_ mean: Double) -> Double { mean.squareRoot() }
}
