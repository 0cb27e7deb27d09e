import Protocol

/// The share of true labels whose predictions exceed the threshold (keras/src/metrics/confusion_metrics.py).
///
/// With `top_k` only that many largest predictions of a row count, with `class_id` only one class.
struct Recall: Metric {
    static let className = "Recall"
    static let arguments: [Argument] =
        Argument.metric("recall") + [.thresholds, .integer("top_k", default: .null), .classID]
    static let direction: MetricDirection? = .up

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        configuration = arguments
        try arguments.checkThresholds()
    }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try ThresholdOperation(configuration, site, name: Self.className, figure: \.recall)
    }
}
