import Protocol

/// How much false labels weigh whose predictions do not exceed the threshold (keras/src/metrics/confusion_metrics.py).
struct TrueNegatives: Metric {
    static let className = "TrueNegatives"
    static let arguments: [Argument] = Argument.metric("true_negatives") + [.thresholds]
    static let direction: MetricDirection? = nil

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        configuration = arguments
        try arguments.checkThresholds()
    }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try ThresholdOperation(configuration, site, name: Self.className, figure: \.trueNegatives)
    }
}
