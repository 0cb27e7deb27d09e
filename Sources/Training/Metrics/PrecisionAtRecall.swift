import Protocol

/// The largest precision among thresholds whose recall is at least `recall`
/// (keras/src/metrics/confusion_metrics.py).
struct PrecisionAtRecall: Metric {
    static let className = "PrecisionAtRecall"
    static let arguments = Argument.operatingPoint("precision_at_recall", value: "recall")
    static let direction: MetricDirection? = .up

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try OperatingPointOperation(
            configuration, value: "recall", site, name: Self.className, constrained: \.recall,
            figure: \.precision)
    }
}
