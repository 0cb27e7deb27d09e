import Protocol

/// The mean of Lin's concordance between targets and predictions along `axis`
/// (keras/src/metrics/correlation_metrics.py).
struct ConcordanceCorrelation: Metric {
    static let className = "ConcordanceCorrelation"
    static let arguments: [Argument] =
        Argument.metric("concordance_correlation") + [.integer("axis", in: -16...16, default: -1)]
    static let direction: MetricDirection? = .up

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try CorrelationOperation(site, axis: configuration.integer("axis"), name: Self.className) { moments in
            let offset = moments.targetMean - moments.predictionMean
            let spread = moments.targetVariance + moments.predictionVariance + offset * offset
            return 2 * moments.covariance / (spread + 1e-7)
        }
    }
}
