import Protocol

/// The largest share of true labels found among thresholds that leave at least `specificity` of the false ones out
/// (keras/src/metrics/confusion_metrics.py).
struct SensitivityAtSpecificity: Metric {
    static let className = "SensitivityAtSpecificity"
    static let arguments = Argument.operatingPoint("sensitivity_at_specificity", value: "specificity")
    static let direction: MetricDirection? = .up

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try OperatingPointOperation(
            configuration, value: "specificity", site, name: Self.className, constrained: \.specificity,
            figure: \.recall)
    }
}
