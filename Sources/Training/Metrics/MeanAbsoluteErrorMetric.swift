import Protocol

/// The mean of the loss of the same name (keras/src/metrics/regression_metrics.py).
struct MeanAbsoluteErrorMetric: Metric {
    static let className = "MeanAbsoluteError"
    static let aliases = ["mae", "MAE"]
    static let arguments = Argument.metric("mean_absolute_error")
    static let direction: MetricDirection? = .down

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try LossMetricOperation(MeanAbsoluteError(configuration), site)
    }
}
