import Protocol

/// The mean of the loss of the same name (keras/src/metrics/probabilistic_metrics.py).
struct SparseCategoricalCrossentropyMetric: Metric {
    static let className = "SparseCategoricalCrossentropy"
    static let arguments: [Argument] =
        Argument.metric("sparse_categorical_crossentropy")
        + SparseCategoricalCrossentropy.arguments.filter {
            !["name", "reduction", "dtype"].contains($0.name)
        }
    static let direction: MetricDirection? = .down

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try LossMetricOperation(SparseCategoricalCrossentropy(configuration), site)
    }
}
