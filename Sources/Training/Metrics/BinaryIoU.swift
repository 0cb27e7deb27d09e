import Protocol

/// The mean overlap of labels 0 and 1 with predictions below and from a threshold
/// (keras/src/metrics/iou_metrics.py).
struct BinaryIoU: Metric {
    static let className = "BinaryIoU"
    static let arguments: [Argument] =
        Argument.overlap("binary_io_u") + [
            .targetClasses(default: [0, 1]), .number("threshold", default: 0.5),
        ]
    static let direction: MetricDirection? = .up

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        configuration = arguments
        try arguments.checkTargetClasses(count: 2)
    }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try IoUOperation(
            configuration, classes: 2, targets: configuration.integers("target_class_ids"),
            isTargetSparse: true,
            isPredictionSparse: true, binaryThreshold: configuration.float("threshold"), site,
            name: Self.className)
    }
}
