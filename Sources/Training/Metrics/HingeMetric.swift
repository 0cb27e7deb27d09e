import Protocol

/// The mean of the loss of the same name (keras/src/metrics/hinge_metrics.py).
struct HingeMetric: Metric {
    static let className = "Hinge"
    static let arguments = Argument.metric("hinge")
    static let direction: MetricDirection? = .down

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try LossMetricOperation(Hinge(configuration), site)
    }
}
