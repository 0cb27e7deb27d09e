import Protocol

/// The mean of Pearson's correlation between targets and predictions along `axis`
/// (keras/src/metrics/correlation_metrics.py).
struct PearsonCorrelation: Metric {
    static let className = "PearsonCorrelation"
    static let arguments: [Argument] =
        Argument.metric("pearson_correlation") + [.integer("axis", in: -16...16, default: -1)]
    static let direction: MetricDirection? = .up

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try CorrelationOperation(site, axis: configuration.integer("axis"), name: Self.className) { moments in
            moments.covariance / (moments.targetVariance * moments.predictionVariance).squareRoot()
        }
    }
}

/// What is known of a row of targets and predictions.
struct RowMoments {
    let targetMean: Double
    let predictionMean: Double
    let targetVariance: Double
    let predictionVariance: Double
    let covariance: Double

    init(_ target: UnsafePointer<Float>, _ prediction: UnsafePointer<Float>, count: Int) {
        var (targetSum, predictionSum) = (0.0, 0.0)
        for index in 0..<count {
            targetSum += Double(target[index])
            predictionSum += Double(prediction[index])
        }
        targetMean = targetSum / Double(count)
        predictionMean = predictionSum / Double(count)
        var (targets, predictions, products) = (0.0, 0.0, 0.0)
        for index in 0..<count {
            let (t, p) = (Double(target[index]) - targetMean, Double(prediction[index]) - predictionMean)
            targets += t * t
            predictions += p * p
            products += t * p
        }
        targetVariance = targets / Double(count)
        predictionVariance = predictions / Double(count)
        covariance = products / Double(count)
    }
}

/// The mean of a figure that follows from the moments of each row.
final class CorrelationOperation: MeanMetricOperation {
    private let compared: ComparedRows
    private let rows: ClassRows
    private let figure: (RowMoments) -> Double

    init(_ site: MetricSite, axis: Int, name: String, figure: @escaping (RowMoments) -> Double) throws {
        compared = try ComparedRows(site, for: name)
        rows = try ClassRows(compared.shape, axis: axis, name: name, arena: site.arena)
        self.figure = figure
        try super.init(site, values: rows.valueShape)
    }

    override func write(_ batch: MetricBatch, to values: UnsafeMutablePointer<Float>) {
        let count = batch.rows * valuesPerRow
        let whole = compared.repeated(batch)
        let (target, prediction) = rows.gather(whole.target, whole.prediction, rows: count)
        for row in 0..<count {
            let start = row * rows.classes
            values[row] = Float(
                figure(RowMoments(target + start, prediction + start, count: rows.classes)))
        }
    }
}
