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

    init(_ kind: CategoricalLoss.Kind, _ configuration: Arguments, _ site: LossSite, name: String) throws {
        rows = try ClassRows(
            site.prediction, axis: configuration.integer("axis"), name: name, arena: site.arena)
        guard !site.predictionRepeats.contains(where: { $0 > 1 }) else {
            throw ComparedRows.misfit(name, target: site.target, prediction: site.prediction)
        }
        func loss(fromLogits: Bool) -> CategoricalLoss {
            CategoricalLoss(
                kind, fromLogits: fromLogits, smoothing: configuration.float("label_smoothing"),
                smoothingClasses: site.target[site.target.count - 1] / (site.targetRepeats.last ?? 1))
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
        let (target, prediction) = self.rows.gather(target, prediction, rows: count)
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
        let (target, prediction) = self.rows.gather(target, prediction, rows: count)
        (takesLogits ? ofLogits : given)
            .gradients(
                target, prediction, scales: valueGradient, rows: count, classes: self.rows.classes,
                to: self.rows.gradientRows(gradient))
        self.rows.scatter(to: gradient, rows: count)
    }
}
