import Protocol

/// The mean over batches of one value for each row, or for each of its steps
/// (`MeanMetricWrapper` in keras/src/metrics/reduction_metrics.py).
class MeanMetricOperation: MetricOperation {
    /// Values that a row has.
    let valuesPerRow: Int
    private let values: UnsafeMutablePointer<Float>
    private var mean = RunningMean()
    private let isForWholeBatch: Bool
    private let maps: WeightMaps?

    /// Gathers values of `shape`, the most rows first, or of the whole batch, which weights do not touch.
    ///
    /// Weights stand for the axes that values have beyond them, and are repeated along those of size 1; a problem tells
    /// when they do not fit.
    init(_ site: MetricSite, values shape: [Int], isForWholeBatch: Bool = false, heedsMask: Bool = true)
        throws
    {
        self.isForWholeBatch = isForWholeBatch
        valuesPerRow = shape.dropFirst(isForWholeBatch ? 0 : 1).reduce(1, *)
        values = try site.arena.take(shape.checkedProduct ?? .max)
        var shapes = site.weights
        if !heedsMask { shapes.mask = nil }
        guard !isForWholeBatch, var weights = try ValueWeights(shapes) else {
            maps = nil
            return
        }
        let fitted = weights.fit(to: shape)
        if weights.shape.count < fitted.count { weights.resize(to: fitted.count) }
        guard ShapeFit.repeated(fitted, weights.shape) == fitted else {
            throw ValueWeights.misfit(
                shapes, "the metric's values, whose shape is \(Shape(shape).batch(nil))")
        }
        maps = try weights.maps(to: fitted, arena: site.arena)
    }

    /// Writes the values of a batch.
    func write(_ batch: MetricBatch, to values: UnsafeMutablePointer<Float>) {}
    /// Which of the values just written count where they are weighted; nil when all do.
    var valueMask: UnsafePointer<UInt8>? { nil }

    final override func reset() { mean = RunningMean() }

    final override func update(_ batch: MetricBatch) {
        write(batch, to: values)
        guard let maps else {
            let count = isForWholeBatch ? valuesPerRow : batch.rows * valuesPerRow
            for index in 0..<count { mean.add(Double(values[index])) }
            return
        }
        for row in 0..<batch.rows {
            for index in 0..<valuesPerRow {
                let place = row * valuesPerRow + index
                var weight = Double(maps.weight(batch.weights, row: row, index: index))
                if let valueMask { weight *= Double(valueMask[place]) }
                mean.add(Double(values[place]), weight: weight)
            }
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
    private let logits: UnsafePointer<Float>?

    /// The metric of a loss; `squeezes` tells whether Keras's function for it adds and takes away axes.
    convenience init(_ loss: any Loss, _ site: MetricSite, squeezes: Bool = true) throws {
        try self.init(try loss.operation(site.lossSite, squeezes: squeezes), site)
    }

    init(_ loss: LossOperation, _ site: MetricSite) throws {
        self.loss = loss
        let logits = loss.seesOutput ? site.logits(loss.logitsActivations) : nil
        self.logits = logits.map { UnsafePointer($0.values) }
        loss.logitsActivation = logits?.activation
        try super.init(site, values: loss.valueShape)
    }

    override var valueMask: UnsafePointer<UInt8>? { loss.valueMask }

    override func write(_ batch: MetricBatch, to values: UnsafeMutablePointer<Float>) {
        loss.forward(
            rows: batch.rows, target: batch.target, prediction: logits ?? batch.prediction, values: values)
    }
}

extension MetricSite {
    /// The same for a loss.
    var lossSite: LossSite { LossSite(target: target, prediction: prediction, arena: arena) }
}

extension MetricSite {
    /// Where the weights of elements of `shape` stand, for a metric that looks at each; nil without weights. Weights get
    /// an axis for the classes where they have none (`update_confusion_matrix_variables` in
    /// keras/src/metrics/metrics_utils.py).
    func elementWeights(to shape: [Int], name: String) throws -> RowMap? {
        guard let given = weights.sampleWeight else { return nil }
        return try elementWeights(given.count < shape.count ? given + [1] : given, to: shape, name: name)
    }

    /// The same for a metric of `outputs` columns of targets.
    func columnWeights(outputs: Int, to shape: [Int], name: String) throws -> RowMap? {
        guard let given = weights.sampleWeight else { return nil }
        let column = given.count == 1 ? given + [1] : given
        guard column.last == 1 || column.last == outputs else {
            throw ValueWeights.misfit(weights, "\(name), which has \(outputs) targets a sample")
        }
        return try elementWeights(column, to: shape, name: name)
    }

    private func elementWeights(_ given: [Int], to shape: [Int], name: String) throws -> RowMap {
        guard ShapeFit.repeated(shape, given) == shape else {
            throw ValueWeights.misfit(weights, "\(name), which looks at \(Shape(shape).batch(nil))")
        }
        return try RowMap(given, to: shape, arena: arena)
    }
}

extension MetricBatch {
    /// The sample weight of an element of a row; 1 when there are none. The mask is left out.
    @inline(__always)
    func weight(_ map: RowMap?, row: Int, element: Int) -> Double {
        guard let map, let values = weights.values else { return 1 }
        return Double(values[row * map.sourceCount + map[element]])
    }
}
