import Kernels
import Protocol

/// `-log(y_pred[y_true])` over the last axis, for targets that are class numbers (keras/src/losses/losses.py and
/// `sparse_categorical_crossentropy` in keras/src/backend/tensorflow/nn.py).
///
/// Targets have the predictions' shape without the last axis, or with a last axis of size 1. Samples of the class
/// `ignore_class` do not count. Behind a softmax, and with `from_logits`, it is computed from the logits.
struct SparseCategoricalCrossentropy: Loss {
    static let className = "SparseCategoricalCrossentropy"
    static let arguments: [Argument] =
        Argument.loss("sparse_categorical_crossentropy") + [
            .boolean("from_logits", default: false),
            .integer("ignore_class", in: Int(Int32.min)...Int(Int32.max), default: .null),
            .integer("axis", in: -1 ... -1, default: -1),
        ]

    static let fit = TargetFit.own

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        try SparseCategoricalCrossentropyOperation(self, site)
    }
}

/// Targets that are class numbers: one for each row of predictions along the last axis.
struct LabelRows {
    /// Elements of a row.
    let classes: Int
    /// The shape of the labels.
    let shape: [Int]

    /// Throws a `ShapeError` when the targets are not such numbers.
    init(_ target: [Int], _ prediction: [Int], name: String) throws {
        let labels = Array(prediction.dropLast())
        guard prediction.count >= 2, target == labels || target == labels + [1] else {
            let hint = target == prediction ? " For one-hot targets, use categorical_crossentropy." : ""
            throw ShapeError(
                "\(name) takes one class number for each prediction of shape \(Shape(prediction).batch(nil)), so targets of shape \(Shape(labels).batch(nil)), but they have shape \(Shape(target).batch(nil)).\(hint)"
            )
        }
        classes = prediction[prediction.count - 1]
        shape = labels
    }
}

private final class SparseCategoricalCrossentropyOperation: LossOperation {
    private let classes: Int
    private let isFromLogits: Bool
    private let ignoredClass: Float?
    private let mask: UnsafeMutablePointer<UInt8>?

    init(_ loss: SparseCategoricalCrossentropy, _ site: LossSite) throws {
        let labels = try LabelRows(
            site.target, site.prediction, name: SparseCategoricalCrossentropy.className)
        classes = labels.classes
        isFromLogits = loss.configuration.bool("from_logits")
        ignoredClass = loss.configuration.optionalInteger("ignore_class").map { Float($0) }
        mask = ignoredClass == nil ? nil : try site.arena.take(labels.shape.reduce(1, *))
        super.init(valueShape: labels.shape)
    }

    /// Keras blanks the predictions of ignored samples, and so no longer sees the softmax behind them.
    override var logitsActivations: [Activation] { ignoredClass == nil ? [.softmax, .sigmoid] : [] }

    override var valueMask: UnsafePointer<UInt8>? { mask.map { UnsafePointer($0) } }

    override func forward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        values: UnsafeMutablePointer<Float>
    ) {
        let count = valueCount(rows: rows)
        if let mask { for index in 0..<count { mask[index] = target[index] == ignoredClass ? 0 : 1 } }
        sparseCategoricalCrossentropy(
            target, prediction, rows: count, classes: classes,
            fromLogits: isFromLogits || takesLogits, ignored: ignoredClass, to: values)
    }

    override func backward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        valueGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
    ) {
        sparseCategoricalCrossentropyBackward(
            target, prediction, scales: valueGradient, rows: valueCount(rows: rows), classes: classes,
            fromLogits: isFromLogits || takesLogits, ignored: ignoredClass, to: gradient)
    }
}
