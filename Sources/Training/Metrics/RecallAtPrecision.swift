import Protocol

/// The largest recall among thresholds whose precision is at least `precision`
/// (keras/src/metrics/confusion_metrics.py).
struct RecallAtPrecision: Metric {
    static let className = "RecallAtPrecision"
    static let arguments = Argument.operatingPoint("recall_at_precision", value: "precision")
    static let direction: MetricDirection? = .up

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try OperatingPointOperation(
            configuration, value: "precision", site, name: Self.className, constrained: \.precision,
            figure: \.recall)
    }
}
