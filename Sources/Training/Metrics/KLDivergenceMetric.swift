import Protocol

/// The mean of the loss of the same name (keras/src/metrics/probabilistic_metrics.py).
struct KLDivergenceMetric: Metric {
    static let className = "KLDivergence"
    static let aliases = ["kld", "KLD"]
    static let arguments = Argument.metric("kl_divergence")
    static let direction: MetricDirection? = .down

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try LossMetricOperation(KLDivergence(configuration), site)
    }
}
