import Protocol

/// The mean of the loss of the same name (keras/src/metrics/probabilistic_metrics.py).
struct CategoricalCrossentropyMetric: Metric {
    static let className = "CategoricalCrossentropy"
    static let arguments: [Argument] =
        Argument.metric("categorical_crossentropy")
        + CategoricalCrossentropy.arguments.filter { !["name", "reduction", "dtype"].contains($0.name) }
    static let direction: MetricDirection? = .down

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try LossMetricOperation(CategoricalCrossentropy(configuration), site, squeezes: false)
    }
}
