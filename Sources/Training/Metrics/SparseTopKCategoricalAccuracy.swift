import Protocol

/// How often the class that the target names is among those of the `k` largest predictions; with `from_sorted_ids` the
/// predictions are class numbers themselves, the likeliest first (keras/src/metrics/accuracy_metrics.py).
struct SparseTopKCategoricalAccuracy: Metric {
    static let className = "SparseTopKCategoricalAccuracy"
    static let arguments: [Argument] =
        Argument.metric("sparse_top_k_categorical_accuracy") + [
            .integer("k", default: 5), .boolean("from_sorted_ids", default: false),
        ]
    static let direction: MetricDirection? = .up

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try SparseTopKCategoricalAccuracyOperation(configuration, site)
    }
}

private final class SparseTopKCategoricalAccuracyOperation: MeanMetricOperation {
    private let classes: Int
    private let k: Int
    private let areSortedIDs: Bool

    init(_ configuration: Arguments, _ site: MetricSite) throws {
        let labels = site.prediction.dropLast().reduce(1, *)
        guard site.prediction.count >= 2, site.target.reduce(1, *) == labels else {
            throw ShapeError(
                "SparseTopKCategoricalAccuracy takes one class number for each prediction of shape \(Shape(site.prediction).batch(nil)), but the targets have shape \(Shape(site.target).batch(nil))."
            )
        }
        classes = site.prediction[site.prediction.count - 1]
        k = configuration.integer("k")
        areSortedIDs = configuration.bool("from_sorted_ids")
        try super.init(site, values: site.target)
    }

    override func write(_ batch: MetricBatch, to values: UnsafeMutablePointer<Float>) {
        for index in 0..<batch.rows * valuesPerRow {
            let row = batch.prediction + index * classes
            let label = batch.target[index]
            values[index] = (areSortedIDs ? isFirst(label, row) : isLargest(label, row)) ? 1 : 0
        }
    }

    private func isFirst(_ label: Float, _ row: UnsafePointer<Float>) -> Bool {
        for index in 0..<min(k, classes) where row[index] == label { return true }
        return false
    }

    private func isLargest(_ label: Float, _ row: UnsafePointer<Float>) -> Bool {
        guard let place = Int(exactly: label.rounded(.towardZero)), place >= 0, place < classes else {
            return false
        }
        return TopK.contains(place, row, count: classes, k: k)
    }
}
