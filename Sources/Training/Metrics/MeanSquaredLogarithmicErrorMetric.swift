import Protocol

/// The mean of the loss of the same name (keras/src/metrics/regression_metrics.py).
struct MeanSquaredLogarithmicErrorMetric: Metric {
    static let className = "MeanSquaredLogarithmicError"
    static let aliases = ["msle", "MSLE"]
    static let arguments = Argument.metric("mean_squared_logarithmic_error")
    static let direction: MetricDirection? = .down

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try LossMetricOperation(MeanSquaredLogarithmicError(configuration), site)
    }
}
