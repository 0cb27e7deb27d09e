import Protocol

/// The largest share of false labels left out among thresholds that find at least `sensitivity` of the true ones
/// (keras/src/metrics/confusion_metrics.py).
struct SpecificityAtSensitivity: Metric {
    static let className = "SpecificityAtSensitivity"
    static let arguments = Argument.operatingPoint("specificity_at_sensitivity", value: "sensitivity")
    static let direction: MetricDirection? = .up

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try OperatingPointOperation(
            configuration, value: "sensitivity", site, name: Self.className, constrained: \.recall,
            figure: \.specificity)
    }
}
