import Protocol

/// The mean overlap of labels and predictions over all classes (keras/src/metrics/iou_metrics.py).
struct MeanIoU: Metric {
    static let className = "MeanIoU"
    static let arguments: [Argument] =
        Argument.overlap("mean_io_u") + [
            .classCount, .ignoredClass, .boolean("sparse_y_true", default: true),
            .boolean("sparse_y_pred", default: true), .classAxis,
        ]
    static let direction: MetricDirection? = .up

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try IoUOperation(
            configuration, classes: configuration.integer("num_classes"),
            targets: Array(0..<configuration.integer("num_classes")),
            isTargetSparse: configuration.bool("sparse_y_true"),
            isPredictionSparse: configuration.bool("sparse_y_pred"), site, name: Self.className)
    }
}
