import Protocol

/// How much true labels weigh whose predictions exceed the threshold (keras/src/metrics/confusion_metrics.py).
struct TruePositives: Metric {
    static let className = "TruePositives"
    static let arguments: [Argument] = Argument.metric("true_positives") + [.thresholds]
    static let direction: MetricDirection? = nil

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        configuration = arguments
        try arguments.checkThresholds()
    }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try ThresholdOperation(configuration, site, name: Self.className, figure: \.truePositives)
    }
}
