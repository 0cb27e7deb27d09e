import Kernels
import Protocol

/// `-Σ y_true · log(y_pred)` over the classes (keras/src/losses/losses.py and `categorical_crossentropy` in
/// keras/src/backend/tensorflow/nn.py).
///
/// Targets are distributions of the predictions' shape. Behind a softmax over the classes, and with `from_logits`,
/// it is computed from the logits.
struct CategoricalCrossentropy: Loss {
    static let className = "CategoricalCrossentropy"
    static let arguments: [Argument] =
        Argument.loss("categorical_crossentropy") + [
            .boolean("from_logits", default: false),
            .number("label_smoothing", in: 0...1, default: 0.0),
            .integer("axis", in: -16...16, default: -1),
        ]

    static let fit = TargetFit.equal

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        try CategoricalLossOperation(.crossentropy, configuration, site, name: Self.className)
    }
}

/// Computes a loss of distributions over classes.
final class CategoricalLossOperation: LossOperation {
    private let rows: ClassRows
    private let given: CategoricalLoss
    private let ofLogits: CategoricalLoss
    private let isCrossentropy: Bool
    private let classWeights: ClassWeights?

    /// `classWeights` multiply the targets along the last axis once they are smoothed; empty for none.
    init(
        _ kind: CategoricalLoss.Kind, _ configuration: Arguments, _ site: LossSite, name: String,
        classWeights: [Float] = []
    ) throws {
        rows = try ClassRows(
            site.prediction, axis: configuration.integer("axis"), name: name, arena: site.arena)
        guard !site.predictionRepeats.contains(where: { $0 > 1 }) else {
            throw ComparedRows.misfit(name, target: site.target, prediction: site.prediction)
        }
        let smoothing = configuration.float("label_smoothing")
        let smoothingClasses = site.target[site.target.count - 1] / (site.targetRepeats.last ?? 1)
        self.classWeights =
            classWeights.isEmpty
            ? nil
            : try ClassWeights(
                classWeights, smoothing: smoothing, smoothingClasses: smoothingClasses, site)
        func loss(fromLogits: Bool) -> CategoricalLoss {
            CategoricalLoss(
                kind, fromLogits: fromLogits, smoothing: classWeights.isEmpty ? smoothing : 0,
                smoothingClasses: smoothingClasses)
        }
        given = loss(fromLogits: configuration.bool("from_logits"))
        ofLogits = loss(fromLogits: true)
        isCrossentropy = kind == .crossentropy
        super.init(valueShape: rows.valueShape)
    }

    override var logitsActivations: [Activation] { isCrossentropy ? [.softmax, .sigmoid] : [] }

    override func forward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        values: UnsafeMutablePointer<Float>
    ) {
        let count = valueCount(rows: rows)
        let weighted = classWeights?.apply(to: target, rows: rows) ?? target
        let (target, prediction) = self.rows.gather(weighted, prediction, rows: count)
        (takesLogits ? ofLogits : given)
            .values(target, prediction, rows: count, classes: self.rows.classes, to: values)
    }

    override func backward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        valueGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
    ) {
        let count = valueCount(rows: rows)
        // A single class is certain, whatever the prediction.
        guard self.rows.classes > 1 else { return Kernels.fill(gradient, count: count, with: 0) }
        let weighted = classWeights?.apply(to: target, rows: rows) ?? target
        let (target, prediction) = self.rows.gather(weighted, prediction, rows: count)
        (takesLogits ? ofLogits : given)
            .gradients(
                target, prediction, scales: valueGradient, rows: count, classes: self.rows.classes,
                to: self.rows.gradientRows(gradient))
        self.rows.scatter(to: gradient, rows: count)
    }
}

/// Targets that are smoothed and then multiplied along the last axis.
private struct ClassWeights {
    private let weights: [Float]
    private let kept: Float
    private let added: Float
    private let rowCount: Int
    private let weighted: UnsafeMutablePointer<Float>

    init(_ weights: [Float], smoothing: Float, smoothingClasses: Int, _ site: LossSite) throws {
        self.weights = weights
        kept = 1 - smoothing
        added = smoothing / Float(max(1, smoothingClasses))
        rowCount = site.target.dropFirst().reduce(1, *)
        weighted = try site.arena.take(site.target.reduce(1, *))
    }

    func apply(to target: UnsafePointer<Float>, rows: Int) -> UnsafePointer<Float> {
        for start in stride(from: 0, to: rows * rowCount, by: weights.count) {
            for (index, weight) in weights.enumerated() {
                weighted[start + index] = (target[start + index] * kept + added) * weight
            }
        }
        return UnsafePointer(weighted)
    }
}
