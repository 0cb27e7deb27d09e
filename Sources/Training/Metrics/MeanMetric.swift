import Protocol

/// The mean over batches of one value for each row, or for each of its steps
/// (`MeanMetricWrapper` in keras/src/metrics/reduction_metrics.py).
class MeanMetricOperation: MetricOperation {
    /// Values that a row has.
    let valuesPerRow: Int
    private let values: UnsafeMutablePointer<Float>
    private var mean = RunningMean()

    /// Gathers `valuesPerRow` values of each of at most `rows` rows.
    init(rows: Int, valuesPerRow: Int, arena: Arena) throws {
        self.valuesPerRow = valuesPerRow
        values = try arena.take(rows * valuesPerRow)
    }

    /// Writes the values of a batch.
    func write(_ batch: MetricBatch, to values: UnsafeMutablePointer<Float>) {}

    final override func reset() { mean = RunningMean() }

    final override func update(_ batch: MetricBatch) {
        write(batch, to: values)
        let count = batch.rows * valuesPerRow
        let weights = batch.weights
        guard let sampleWeights = weights.values else {
            for index in 0..<count { mean.add(Double(values[index])) }
            return
        }
        for index in 0..<count {
            var weight = Double(
                sampleWeights[RowWeights.index(index, of: count, in: batch.rows * weights.rowCount)])
            if let mask = weights.mask {
                let position = RowWeights.index(index, of: count, in: batch.rows * weights.maskRowCount)
                weight *= Double(mask[position])
            }
            mean.add(Double(values[index]), weight: weight)
        }
    }

    final override var result: MetricValue { .number(mean.value) }

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

    init(_ loss: any Loss, _ site: MetricSite) throws {
        let operation = try loss.makeOperation(
            LossSite(target: site.target, prediction: site.prediction, arena: site.arena))
        self.loss = operation
        try super.init(
            rows: site.prediction[0], valuesPerRow: operation.valueShape.dropFirst().reduce(1, *),
            arena: site.arena)
    }

    override func write(_ batch: MetricBatch, to values: UnsafeMutablePointer<Float>) {
        loss.forward(rows: batch.rows, target: batch.target, prediction: batch.prediction, values: values)
    }
}
