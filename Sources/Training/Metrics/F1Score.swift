import Protocol

/// The harmonic mean of precision and recall (keras/src/metrics/f_score_metrics.py).
struct F1Score: Metric {
    static let className = "F1Score"
    static let arguments: [Argument] = Argument.metric("f1_score") + [.fScoreAverage, .fScoreThreshold]
    static let direction: MetricDirection? = .up

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try FScoreOperation(configuration, beta: 1, site, name: Self.className)
    }
}
