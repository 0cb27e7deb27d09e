import Protocol

/// The mean of the loss of the same name (keras/src/metrics/hinge_metrics.py).
struct CategoricalHingeMetric: Metric {
    static let className = "CategoricalHinge"
    static let arguments = Argument.metric("categorical_hinge")
    static let direction: MetricDirection? = .down

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try LossMetricOperation(CategoricalHinge(configuration), site)
    }
}
