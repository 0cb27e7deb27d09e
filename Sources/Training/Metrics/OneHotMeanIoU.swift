import Protocol

/// The mean overlap of one-hot labels and predictions over all classes (keras/src/metrics/iou_metrics.py).
struct OneHotMeanIoU: Metric {
    static let className = "OneHotMeanIoU"
    static let arguments: [Argument] =
        Argument.overlap("one_hot_mean_io_u") + [
            .classCount, .ignoredClass, .boolean("sparse_y_pred", default: false), .classAxis,
        ]
    static let direction: MetricDirection? = .up

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try IoUOperation(
            configuration, classes: configuration.integer("num_classes"),
            targets: Array(0..<configuration.integer("num_classes")),
            isTargetSparse: false,
            isPredictionSparse: configuration.bool("sparse_y_pred"), site, name: Self.className)
    }
}
