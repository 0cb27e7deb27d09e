import Protocol

/// The mean cosine of the angle between targets and predictions along `axis` (keras/src/metrics/regression_metrics.py).
struct CosineSimilarityMetric: Metric {
    static let className = "CosineSimilarity"
    static let arguments: [Argument] =
        Argument.metric("cosine_similarity") + [.integer("axis", in: -16...16, default: -1)]
    static let direction: MetricDirection? = .up

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try LossMetricOperation(
            CosineSimilarityOperation(
                site.lossSite, axis: configuration.integer("axis"), sign: 1, name: Self.className), site)
    }
}
