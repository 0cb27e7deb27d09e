import Protocol

/// The mean of the loss LogCosh (keras/src/metrics/regression_metrics.py).
struct LogCoshError: Metric {
    static let className = "LogCoshError"
    static let arguments = Argument.metric("logcosh")
    static let direction: MetricDirection? = .down

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try LossMetricOperation(LogCosh(configuration), site)
    }
}
