import Protocol

/// The mean of the loss of the same name (keras/src/metrics/regression_metrics.py).
struct MeanAbsolutePercentageErrorMetric: Metric {
    static let className = "MeanAbsolutePercentageError"
    static let aliases = ["mape", "MAPE"]
    static let arguments = Argument.metric("mean_absolute_percentage_error")
    static let direction: MetricDirection? = .down

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try LossMetricOperation(MeanAbsolutePercentageError(configuration), site)
    }
}
