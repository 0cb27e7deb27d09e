import Protocol

/// The share of the targets' variance that predictions explain, for each output column
/// (keras/src/metrics/regression_metrics.py).
///
/// `class_aggregation` null gives one figure for each column; `num_regressors` adjusts for that many inputs.
struct R2Score: Metric {
    static let className = "R2Score"
    static let arguments: [Argument] =
        Argument.metric("r2_score") + [
            Argument("class_aggregation", .value, default: "uniform_average"),
            .integer("num_regressors", in: 0...Int(Int32.max), default: 0),
        ]
    static let direction: MetricDirection? = .up

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        configuration = arguments
        let known: [JSONValue] = ["uniform_average", "variance_weighted_average", .null]
        guard known.contains(arguments.config["class_aggregation"] ?? .null) else {
            throw ArgumentError(
                "class_aggregation",
                "class_aggregation is uniform_average, variance_weighted_average or null.")
        }
    }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try R2ScoreOperation(configuration, site)
    }
}

private final class R2ScoreOperation: MetricOperation {
    private struct Column {
        var sum = 0.0
        var squares = 0.0
        var residual = 0.0
        var count = 0.0
    }

    private let aggregation: String?
    private let regressors: Int
    private var columns: [Column]
    private var samples = 0.0

    init(_ configuration: Arguments, _ site: MetricSite) throws {
        let shape = try MatchedShapes(
            target: site.target, prediction: site.prediction, for: R2Score.className
        ).shape
        guard shape.count == 2 else {
            throw ShapeError(
                "R2Score takes predictions of shape (None, outputs), not \(Shape(shape).batch(nil)).")
        }
        aggregation = configuration.optionalString("class_aggregation")
        regressors = configuration.integer("num_regressors")
        columns = Array(repeating: Column(), count: shape[1])
    }

    override func reset() {
        for index in columns.indices { columns[index] = Column() }
        samples = 0
    }

    override func update(_ batch: MetricBatch) {
        let count = batch.rows * columns.count
        for index in 0..<count {
            let (target, prediction) = (Double(batch.target[index]), Double(batch.prediction[index]))
            let weight = batch.weights.value(index, of: count, rows: batch.rows)
            let column = index % columns.count
            columns[column].sum += weight * target
            columns[column].squares += weight * target * target
            columns[column].residual += weight * (target - prediction) * (target - prediction)
            columns[column].count += weight
        }
        samples += Double(count)
    }

    override var result: MetricValue {
        let totals = columns.map { $0.squares - $0.sum * $0.sum / $0.count }
        let scores = zip(columns, totals).map { column, total in
            let score = 1 - column.residual / total
            return score.isInfinite ? 0 : score
        }
        switch aggregation {
        case nil: return .list(scores.map(adjusted))
        case "uniform_average": return .number(adjusted(scores.reduce(0, +) / Double(scores.count)))
        default:
            let weighted = zip(scores, totals).reduce(0) { $0 + $1.0 * $1.1 }
            return .number(adjusted(weighted / totals.reduce(0, +)))
        }
    }

    private func adjusted(_ score: Double) -> Double {
        guard regressors != 0, Double(regressors) < samples - 1 else { return score }
        return 1 - (1 - score) * (samples - 1) / (samples - Double(regressors) - 1)
    }

    override var state: [Double] {
        get { [samples] + columns.flatMap { [$0.sum, $0.squares, $0.residual, $0.count] } }
        set {
            guard newValue.count == 1 + 4 * columns.count else { return }
            samples = newValue[0]
            for index in columns.indices {
                let at = 1 + 4 * index
                columns[index] = Column(
                    sum: newValue[at], squares: newValue[at + 1], residual: newValue[at + 2],
                    count: newValue[at + 3])
            }
        }
    }
}

extension RowWeights {
    /// The sample weight of value `index` of `count`; 1 when there are none. The mask is left out.
    @inline(__always)
    func value(_ index: Int, of count: Int, rows: Int) -> Double {
        guard let values else { return 1 }
        return Double(values[Self.index(index, of: count, in: rows * rowCount)])
    }
}
