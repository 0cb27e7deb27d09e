import Protocol

/// The mean over batches of one value for each row, or for each of its steps
/// (`MeanMetricWrapper` in keras/src/metrics/reduction_metrics.py).
class MeanMetricOperation: MetricOperation {
    /// Values that a row has.
    let valuesPerRow: Int
    private let values: UnsafeMutablePointer<Float>
    private var mean = RunningMean()
    private let isForWholeBatch: Bool

    /// Gathers `valuesPerRow` values of each of at most `rows` rows, or of the whole batch, which weights do not touch.
    init(rows: Int, valuesPerRow: Int, isForWholeBatch: Bool = false, arena: Arena) throws {
        self.valuesPerRow = valuesPerRow
        self.isForWholeBatch = isForWholeBatch
        let (count, overflows) = rows.multipliedReportingOverflow(by: valuesPerRow)
        values = try arena.take(overflows ? .max : count)
    }

    /// Writes the values of a batch.
    func write(_ batch: MetricBatch, to values: UnsafeMutablePointer<Float>) {}
    /// Which of the values just written count where they are weighted; nil when all do.
    var valueMask: UnsafePointer<UInt8>? { nil }
    /// Whether the predictions' mask counts.
    var heedsMask: Bool { true }

    final override func reset() { mean = RunningMean() }

    final override func update(_ batch: MetricBatch) {
        write(batch, to: values)
        let count = isForWholeBatch ? valuesPerRow : batch.rows * valuesPerRow
        let weights = batch.weights
        let mask = heedsMask ? weights.mask : nil
        guard weights.values != nil || mask != nil, !isForWholeBatch else {
            for index in 0..<count { mean.add(Double(values[index])) }
            return
        }
        for index in 0..<count {
            var weight = 1.0
            if let sampleWeights = weights.values {
                weight = Double(
                    sampleWeights[RowWeights.index(index, of: count, in: batch.rows * weights.rowCount)])
            }
            if let mask {
                let position = RowWeights.index(index, of: count, in: batch.rows * weights.maskRowCount)
                weight *= Double(mask[position])
            }
            if let valueMask { weight *= Double(valueMask[index]) }
            mean.add(Double(values[index]), weight: weight)
        }
    }

    /// What the mean is shown as.
    func shown(_ mean: Double) -> Double { mean }

    final override var result: MetricValue { .number(shown(mean.value)) }

    final override var state: [Double] {
        get { [mean.total, mean.count] }
        set {
            guard newValue.count == 2 else { return }
            mean.total = newValue[0]
            mean.count = newValue[1]
        }
    }
}

/// The mean over batches of a loss's values, unreduced.
final class LossMetricOperation: MeanMetricOperation {
    private let loss: LossOperation

    convenience init(_ loss: any Loss, _ site: MetricSite) throws {
        try self.init(try loss.makeOperation(site.lossSite), site)
    }

    init(_ loss: LossOperation, _ site: MetricSite) throws {
        self.loss = loss
        try super.init(
            rows: site.prediction[0], valuesPerRow: loss.valueShape.dropFirst().reduce(1, *),
            arena: site.arena)
    }

    override var valueMask: UnsafePointer<UInt8>? { loss.valueMask }

    override func write(_ batch: MetricBatch, to values: UnsafeMutablePointer<Float>) {
        loss.forward(rows: batch.rows, target: batch.target, prediction: batch.prediction, values: values)
    }
}

extension MetricSite {
    /// The same for a loss.
    var lossSite: LossSite { LossSite(target: target, prediction: prediction, arena: arena) }
}
