import Protocol

/// How much true labels weigh whose predictions do not exceed the threshold (keras/src/metrics/confusion_metrics.py).
struct FalseNegatives: Metric {
    static let className = "FalseNegatives"
    static let arguments: [Argument] = Argument.metric("false_negatives") + [.thresholds]
    static let direction: MetricDirection? = nil

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        configuration = arguments
        try arguments.checkThresholds()
    }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try ThresholdOperation(configuration, site, name: Self.className, figure: \.falseNegatives)
    }
}
