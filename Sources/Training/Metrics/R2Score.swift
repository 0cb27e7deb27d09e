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
    private let compared: ComparedRows
    private let targetsPerRow: Int
    private let weights: RowMap?
    private var columns: [Column]
    private var samples = 0.0

    init(_ configuration: Arguments, _ site: MetricSite) throws {
        compared = try ComparedRows(site, for: R2Score.className)
        let shape = compared.shape
        guard shape.count == 2, compared.prediction.isWhole else {
            throw ShapeError(
                "R2Score takes predictions of shape (None, outputs) and as many targets or one, not \(Shape(site.prediction).batch(nil)) and \(Shape(site.target).batch(nil))."
            )
        }
        targetsPerRow = shape[1] / compared.target.repeats[1]
        weights = try site.columnWeights(outputs: targetsPerRow, to: shape, name: R2Score.className)
        aggregation = configuration.optionalString("class_aggregation")
        regressors = configuration.integer("num_regressors")
        columns = Array(repeating: Column(), count: shape[1])
    }

    override func reset() {
        for index in columns.indices { columns[index] = Column() }
        samples = 0
    }

    override func update(_ batch: MetricBatch) {
        let (targets, predictions) = compared.repeated(batch)
        for index in 0..<batch.rows * columns.count {
            let (target, prediction) = (Double(targets[index]), Double(predictions[index]))
            let column = index % columns.count
            let weight = batch.weight(weights, row: index / columns.count, element: column)
            columns[column].sum += weight * target
            columns[column].squares += weight * target * target
            columns[column].residual += weight * (target - prediction) * (target - prediction)
            columns[column].count += weight
        }
        samples += Double(batch.rows * targetsPerRow)
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
