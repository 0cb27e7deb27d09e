import Foundation
import Protocol

/// The area under a curve of two figures over thresholds: the receiver's operating characteristic, precision and recall,
/// or their gains (keras/src/metrics/confusion_metrics.py).
struct AUC: Metric {
    static let className = "AUC"
    static let arguments: [Argument] =
        Argument.metric("auc") + [
            .integer("num_thresholds", in: 2...1_000_000, default: 200),
            .choice("curve", ["ROC", "PR", "PRGAIN", "roc", "pr", "prgain"], default: "ROC"),
            .choice(
                "summation_method",
                ["interpolation", "minoring", "majoring", "Interpolation", "Minoring", "Majoring"],
                default: "interpolation"),
            .boolean("multi_label", default: false),
            .integer("num_labels", default: .null),
            Argument("label_weights", .numbers, default: .null),
            .boolean("from_logits", default: false),
            Argument("thresholds", .numbers, default: .null, hiddenWhenNull: true),
        ]
    static let direction: MetricDirection? = .up

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        configuration = arguments
        try arguments.checkThresholds()
        if arguments.has("num_labels"), !arguments.bool("multi_label") {
            throw ArgumentError("num_labels", "num_labels is given only when multi_label is true.")
        }
        let weights = arguments.config["label_weights"] ?? .null
        guard weights.isNull || weights.array?.allSatisfy({ $0.number != nil }) ?? false else {
            throw ArgumentError("label_weights", "label_weights is a list of numbers, one for each label.")
        }
    }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation { try AUCOperation(configuration, site) }
}

private final class AUCOperation: ConfusionOperation {
    private let curve: String
    private let summation: String
    private let labelWeights: [Double]

    init(_ configuration: Arguments, _ site: MetricSite) throws {
        curve = configuration.string("curve").uppercased()
        summation = configuration.string("summation_method").lowercased()
        labelWeights = configuration.numbers("label_weights")
        let given = configuration.numbers("thresholds").sorted()
        let count = configuration.integer("num_thresholds")
        let inner = given.isEmpty ? (1..<count - 1).map { Double($0) / Double(count - 1) } : given
        let isEven = given.isEmpty || ConfusionTally.areEven([0] + given + [1])
        let byClass = configuration.bool("multi_label")
        try super.init(
            ConfusionTally([-1e-7] + inner + [1 + 1e-7], isEven: isEven, hasMargins: true),
            Selection(
                isByClass: byClass, labelWeights: labelWeights,
                isFromLogits: configuration.bool("from_logits")),
            site, name: AUC.className)
        if let labels = configuration.optionalInteger("num_labels"), labels != tallies.count {
            throw ShapeError("AUC is made for \(labels) labels, but predictions have \(tallies.count).")
        }
    }

    override var result: MetricValue {
        let areas = tallies.map { area($0.counts) }
        guard areas.count > 1, !labelWeights.isEmpty else {
            return .number(areas.reduce(0, +) / Double(areas.count))
        }
        let weighted = zip(areas, labelWeights).reduce(0) { $0 + $1.0 * $1.1 }
        return .number(ConfusionCounts.divide(weighted, labelWeights.reduce(0, +)))
    }

    private func area(_ counts: [ConfusionCounts]) -> Double {
        let points = counts.map(point)
        return zip(counts.indices, counts.indices.dropFirst()).reduce(0) { sum, step in
            if curve == "PR", summation == "interpolation" {
                return sum + Self.interpolated(counts[step.0], counts[step.1])
            }
            let (first, second) = (points[step.0], points[step.1])
            let height =
                switch summation {
                case "minoring": min(first.y, second.y)
                case "majoring": max(first.y, second.y)
                default: (first.y + second.y) / 2
                }
            return sum + (first.x - second.x) * height
        }
    }

    private func point(_ counts: ConfusionCounts) -> (x: Double, y: Double) {
        switch curve {
        case "ROC":
            let rate = ConfusionCounts.divide(
                counts.falsePositives, counts.falsePositives + counts.trueNegatives)
            return (rate, counts.recall)
        case "PR": return (counts.recall, counts.precision)
        default:
            guard counts.truePositives != 0 else { return (0, 1) }
            let scale = ConfusionCounts.divide(
                counts.truePositives + counts.falseNegatives, counts.trueNegatives + counts.falsePositives)
            let recall = 1 - scale * counts.falseNegatives / counts.truePositives
            return (max(recall, 0), 1 - scale * counts.falsePositives / counts.truePositives)
        }
    }

    /// The area between two thresholds under a curve of precision whose true positives rise evenly (Davis and
    /// Goadrich, 2006).
    private static func interpolated(_ first: ConfusionCounts, _ second: ConfusionCounts) -> Double {
        let gained = first.truePositives - second.truePositives
        let (before, after) = (
            first.truePositives + first.falsePositives, second.truePositives + second.falsePositives
        )
        let slope = ConfusionCounts.divide(gained, max(before - after, 0))
        let intercept = second.truePositives - slope * after
        let ratio = before > 0 && after > 0 ? before / after : 1
        return ConfusionCounts.divide(
            slope * (gained + intercept * log(ratio)),
            max(second.truePositives + second.falseNegatives, 0))
    }
}
