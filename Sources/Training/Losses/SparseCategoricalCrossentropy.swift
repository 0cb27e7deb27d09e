import Kernels
import Protocol

/// `-log(y_pred[y_true])` over the last axis, for targets that are class numbers (keras/src/losses/losses.py and
/// `sparse_categorical_crossentropy` in keras/src/backend/tensorflow/nn.py).
///
/// Targets have the predictions' shape without the last axis, or with a last axis of size 1. `ignore_class` masks
/// samples of one class. Behind a softmax, and with `from_logits`, it is computed from the logits.
struct SparseCategoricalCrossentropy: Loss {
    static let className = "SparseCategoricalCrossentropy"
    static let arguments: [Argument] =
        Argument.loss("sparse_categorical_crossentropy") + [
            .integer("ignore_class", in: Int(Int32.min)...Int(Int32.max), default: .null),
            .boolean("from_logits", default: false),
            .integer("axis", in: -1 ... -1, default: -1),
        ]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        try SparseCategoricalCrossentropyOperation(self, site)
    }
}

private final class SparseCategoricalCrossentropyOperation: LossOperation {
    private let classes: Int
    private let isFromLogits: Bool
    private let ignoredClass: Float?

    init(_ loss: SparseCategoricalCrossentropy, _ site: LossSite) throws {
        let values = Array(site.prediction.dropLast())
        guard site.prediction.count >= 2, site.target == values || site.target == values + [1] else {
            throw ShapeError(
                "SparseCategoricalCrossentropy takes one class number for each prediction of shape \(Shape(site.prediction).batch(nil)), so targets of shape \(Shape(values).batch(nil)), but they have shape \(Shape(site.target).batch(nil)).\(site.target == site.prediction ? " For one-hot targets, use categorical_crossentropy." : "")"
            )
        }
        classes = site.prediction[site.prediction.count - 1]
        isFromLogits = loss.configuration.bool("from_logits")
        ignoredClass = loss.configuration.optionalInteger("ignore_class").map { Float($0) }
        super.init(valueShape: values)
    }

    override var logitsActivation: Activation? { .softmax }

    override func forward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        values: UnsafeMutablePointer<Float>
    ) {
        sparseCategoricalCrossentropy(
            target, prediction, rows: valueCount(rows: rows), classes: classes,
            fromLogits: isFromLogits || takesLogits, to: values)
    }

    override func backward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        valueGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
    ) {
        sparseCategoricalCrossentropyBackward(
            target, prediction, scales: valueGradient, rows: valueCount(rows: rows), classes: classes,
            fromLogits: isFromLogits || takesLogits, to: gradient)
    }
}
