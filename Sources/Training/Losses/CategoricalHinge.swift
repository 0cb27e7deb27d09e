import Kernels
import Protocol

/// `max(max((1 - y_true) · y_pred) - Σ y_true · y_pred + 1, 0)` over the last axis (keras/src/losses/losses.py).
struct CategoricalHinge: Loss {
    static let className = "CategoricalHinge"
    static let arguments = Argument.loss("categorical_hinge")

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation { try CategoricalHingeOperation(site) }
}

private final class CategoricalHingeOperation: LossOperation {
    private let classes: Int

    init(_ site: LossSite) throws {
        let rows = try ClassRows(
            site.prediction, axis: -1, name: CategoricalHinge.className, arena: site.arena)
        classes = rows.classes
        super.init(valueShape: rows.valueShape)
    }

    override func forward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        values: UnsafeMutablePointer<Float>
    ) {
        categoricalHinge(target, prediction, rows: valueCount(rows: rows), classes: classes, to: values)
    }

    override func backward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        valueGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
    ) {
        categoricalHingeBackward(
            target, prediction, scales: valueGradient, rows: valueCount(rows: rows), classes: classes,
            to: gradient)
    }
}
