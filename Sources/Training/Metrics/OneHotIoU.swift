import Protocol

/// The mean overlap of one-hot labels and predictions over some classes (keras/src/metrics/iou_metrics.py).
struct OneHotIoU: Metric {
    static let className = "OneHotIoU"
    static let arguments: [Argument] =
        Argument.overlap("one_hot_io_u") + [
            .classCount, .targetClasses(default: nil), .ignoredClass,
            .boolean("sparse_y_pred", default: false),
            .classAxis,
        ]
    static let direction: MetricDirection? = .up

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        configuration = arguments
        try arguments.checkTargetClasses(count: arguments.integer("num_classes"))
    }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try IoUOperation(
            configuration, classes: configuration.integer("num_classes"),
            targets: configuration.integers("target_class_ids"),
            isTargetSparse: false,
            isPredictionSparse: configuration.bool("sparse_y_pred"), site, name: Self.className)
    }
}
