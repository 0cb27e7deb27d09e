import Protocol

/// A figure that is gathered over the batches of an epoch (`keras.metrics.Metric`).
package protocol Metric: Configurable {
    /// Whether the figure is better when it is larger or smaller; nil where that depends.
    static var direction: MetricDirection? { get }
    /// The object that gathers the figure; throws a `ShapeError` when targets and predictions do not fit.
    func makeOperation(_ site: MetricSite) throws -> MetricOperation
}

/// Whether a figure is better when it is larger or smaller.
package enum MetricDirection: Sendable {
    case up, down
}

extension Metric {
    /// The name in logs.
    package var name: String { configuration.string("name") }
}

extension Argument {
    /// The arguments that every metric takes, with the name that Keras gives it.
    static func metric(_ name: String) -> [Argument] {
        [
            Argument("name", .string, default: .string(name)),
            Argument("dtype", .legacy(["float32"]), default: .null),
        ]
    }
}

/// What a metric is made for.
package struct MetricSite {
    /// The targets' shape, the most rows first.
    package let target: [Int]
    /// The predictions' shape, the most rows first.
    package let prediction: [Int]
    /// What the values are weighted with.
    package var weights = WeightShapes()
    /// The logits behind the predictions where they came through one of these activations.
    var logits: ([Activation]) -> Logits? = { _ in nil }
    let arena: Arena
}

extension MetricSite {
    /// A site with memory of its own, at most `memoryLimit` bytes.
    package init(
        target: [Int], prediction: [Int], weights: WeightShapes = WeightShapes(), memoryLimit: Int
    ) throws(Problem) {
        self.init(
            target: target, prediction: prediction, weights: weights, arena: try Arena(limit: memoryLimit))
    }
}

/// A batch as a metric sees it.
package struct MetricBatch {
    package let rows: Int
    package let target: UnsafePointer<Float>
    package let prediction: UnsafePointer<Float>
    /// Sample weights and mask; neither for metrics that are not weighted.
    package let weights: RowWeights

    /// A batch of targets and predictions.
    package init(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>, weights: RowWeights
    ) {
        self.rows = rows
        self.target = target
        self.prediction = prediction
        self.weights = weights
    }
}

/// A metric's result: one number, or one for each class or threshold.
public enum MetricValue: Sendable, Hashable {
    case number(Double)
    case list([Double])

    /// The JSON form.
    public var json: JSONValue {
        switch self {
        case .number(let value): .number(value)
        case .list(let values): .array(values.map { .number($0) })
        }
    }

    /// The number, or a list's mean: what a callback monitors.
    public var scalar: Double {
        switch self {
        case .number(let value): value
        case .list(let values): values.reduce(0, +) / Double(max(1, values.count))
        }
    }
}

/// Gathers a metric over batches.
package class MetricOperation {
    /// Forgets all batches.
    package func reset() {}
    /// Takes in a batch.
    package func update(_ batch: MetricBatch) {}
    /// The figure of all batches since the last reset.
    package var result: MetricValue { .number(0) }
    /// All that was gathered, so that an interrupted epoch can go on.
    package var state: [Double] {
        get { [] }
        set {}
    }
}

/// The weighted mean of values over batches, as `keras.metrics.Mean` keeps it: a sum and a count.
package struct RunningMean {
    package var total = 0.0
    package var count = 0.0

    /// Takes in a value.
    @inline(__always)
    package mutating func add(_ value: Double, weight: Double = 1) {
        total += value * weight
        count += weight
    }

    /// The mean; 0 before the first value.
    package var value: Double { count == 0 ? 0 : total / count }
}
