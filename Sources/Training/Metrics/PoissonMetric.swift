import Protocol

/// The mean of the loss of the same name (keras/src/metrics/probabilistic_metrics.py).
struct PoissonMetric: Metric {
    static let className = "Poisson"
    static let arguments = Argument.metric("poisson")
    static let direction: MetricDirection? = .down

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try LossMetricOperation(Poisson(configuration), site)
    }
}
