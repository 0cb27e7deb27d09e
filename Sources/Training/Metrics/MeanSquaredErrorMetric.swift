import Protocol

/// The mean of the loss of the same name (keras/src/metrics/regression_metrics.py).
struct MeanSquaredErrorMetric: Metric {
    static let className = "MeanSquaredError"
    static let aliases = ["mse", "MSE"]
    static let arguments = Argument.metric("mean_squared_error")
    static let direction: MetricDirection? = .down

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try LossMetricOperation(MeanSquaredError(configuration), site)
    }
}
