import Protocol

/// The mean of the loss of the same name (keras/src/metrics/probabilistic_metrics.py).
struct BinaryCrossentropyMetric: Metric {
    static let className = "BinaryCrossentropy"
    static let aliases = ["bce", "BCE"]
    static let arguments: [Argument] =
        Argument.metric("binary_crossentropy")
        + BinaryCrossentropy.arguments.filter { !["name", "reduction", "dtype"].contains($0.name) }
    static let direction: MetricDirection? = .down

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try LossMetricOperation(BinaryCrossentropy(configuration), site, squeezes: false)
    }
}
