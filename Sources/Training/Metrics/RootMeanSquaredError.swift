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
    private let compared: ComparedRows

    init(_ site: MetricSite) throws {
        compared = try ComparedRows(site, for: RootMeanSquaredError.className)
        try super.init(site, values: compared.shape, heedsMask: false)
    }

    override func write(_ batch: MetricBatch, to values: UnsafeMutablePointer<Float>) {
        let (target, prediction) = compared.repeated(batch)
        ElementwiseLoss.squaredError.values(
            target, prediction, to: values, count: batch.rows * valuesPerRow)
    }

    override func shown(_ mean: Double) -> Double { mean.squareRoot() }
}
