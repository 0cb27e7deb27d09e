import Kernels
import Protocol

/// The harmonic mean of precision and recall, recall `beta²` times as important (keras/src/metrics/f_score_metrics.py).
///
/// Without a threshold the largest prediction of a row counts. Without an average there is one figure for each class.
struct FBetaScore: Metric {
    static let className = "FBetaScore"
    static let arguments: [Argument] =
        Argument.metric("fbeta_score") + [
            .fScoreAverage,
            .number("beta", in: Double.leastNonzeroMagnitude...Double.greatestFiniteMagnitude, default: 1.0),
            .fScoreThreshold,
        ]
    static let direction: MetricDirection? = .up

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        try FScoreOperation(configuration, beta: configuration.number("beta"), site, name: Self.className)
    }
}

extension Argument {
    static let fScoreAverage = Argument("average", .choice(["micro", "macro", "weighted"]), default: .null)
    static let fScoreThreshold = Argument.number(
        "threshold", in: Double.leastNonzeroMagnitude...1, default: .null)
}

final class FScoreOperation: MetricOperation {
    private struct Counts {
        var truePositives = 0.0
        var falsePositives = 0.0
        var falseNegatives = 0.0
    }

    private let average: String?
    private let beta: Double
    private let threshold: Float?
    private let classes: Int
    private let targetsPerRow: Int
    private let isWeighted: Bool
    private var counts: [Counts]

    init(_ configuration: Arguments, beta: Double, _ site: MetricSite, name: String) throws {
        guard site.prediction.count == 2, site.target.count == 2,
            site.target[1] == 1 || site.target[1] == site.prediction[1]
        else {
            throw ShapeError(
                "\(name) takes targets and predictions of one shape (None, classes), not \(Shape(site.target).batch(nil)) and \(Shape(site.prediction).batch(nil))."
            )
        }
        if let weight = site.weights.sampleWeight, weight.count != 1 {
            throw ValueWeights.misfit(site.weights, "\(name), which takes one weight a sample")
        }
        isWeighted = site.weights.sampleWeight != nil
        targetsPerRow = site.target[1]
        average = configuration.optionalString("average")
        self.beta = beta
        threshold = configuration.optionalNumber("threshold").map { Float($0) }
        classes = site.prediction[1]
        counts = Array(repeating: Counts(), count: average == "micro" ? 1 : classes)
    }

    override func reset() {
        for index in counts.indices { counts[index] = Counts() }
    }

    override func update(_ batch: MetricBatch) {
        for row in 0..<batch.rows {
            let (target, prediction) = (batch.target + row * targetsPerRow, batch.prediction + row * classes)
            let largest = threshold == nil ? Kernels.maximum(prediction, count: classes) : 0
            let weight = isWeighted ? Double(batch.weights.values?[row] ?? 1) : 1
            for index in 0..<classes {
                let p = prediction[index]
                let isPositive = threshold.map { p > $0 } ?? (p >= largest && p.magnitude > 1e-9)
                let t = Double(target[targetsPerRow == 1 ? 0 : index])
                let place = counts.count == 1 ? 0 : index
                if isPositive {
                    counts[place].truePositives += weight * t
                    counts[place].falsePositives += weight * (1 - t)
                } else {
                    counts[place].falseNegatives += weight * t
                }
            }
        }
    }

    override var result: MetricValue {
        let epsilon = Double(Kernels.epsilon)
        let scores = counts.map { count in
            let precision = count.truePositives / (count.truePositives + count.falsePositives + epsilon)
            let recall = count.truePositives / (count.truePositives + count.falseNegatives + epsilon)
            let square = beta * beta
            return (1 + square) * precision * recall / (square * precision + recall + epsilon)
        }
        switch average {
        case nil: return .list(scores)
        case "weighted":
            let sizes = counts.map { $0.truePositives + $0.falseNegatives }
            let total = sizes.reduce(0, +) + epsilon
            return .number(zip(scores, sizes).reduce(0) { $0 + $1.0 * $1.1 / total })
        default: return .number(scores.reduce(0, +) / Double(scores.count))
        }
    }

    override var state: [Double] {
        get { counts.flatMap { [$0.truePositives, $0.falsePositives, $0.falseNegatives] } }
        set {
            guard newValue.count == 3 * counts.count else { return }
            for index in counts.indices {
                counts[index] = Counts(
                    truePositives: newValue[3 * index], falsePositives: newValue[3 * index + 1],
                    falseNegatives: newValue[3 * index + 2])
            }
        }
    }
}
