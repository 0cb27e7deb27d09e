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

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        try CategoricalCrossentropyOperation(self, site)
    }
}

private final class CategoricalCrossentropyOperation: LossOperation {
    /// Classes, elements between two of them, and the values that are interleaved.
    private let classes: Int
    private let stride: Int
    private let isFromLogits: Bool
    private let smoothing: Float
    private let isLastAxis: Bool

    init(_ loss: CategoricalCrossentropy, _ site: LossSite) throws {
        let shape = try MatchedShapes(
            target: site.target, prediction: site.prediction, for: CategoricalCrossentropy.className
        ).shape
        let written = loss.configuration.integer("axis")
        let axis = written < 0 ? shape.count + written : written
        guard axis >= 1, axis < shape.count else {
            throw ShapeError(
                "The axis \(written) of CategoricalCrossentropy is not one of predictions of shape \(Shape(shape).batch(nil))."
            )
        }
        guard shape[axis] > 1 else {
            throw ShapeError(
                "CategoricalCrossentropy needs at least two classes, but the model gives predictions of shape \(Shape(shape).batch(nil)); use binary_crossentropy."
            )
        }
        classes = shape[axis]
        stride = shape[(axis + 1)...].reduce(1, *)
        isLastAxis = axis == shape.count - 1
        isFromLogits = loss.configuration.bool("from_logits")
        smoothing = loss.configuration.float("label_smoothing")
        var values = shape
        values.remove(at: axis)
        super.init(valueShape: values)
    }

    override var logitsActivation: Activation? { isLastAxis ? .softmax : nil }

    override func forward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        values: UnsafeMutablePointer<Float>
    ) {
        let fromLogits = isFromLogits || takesLogits
        for index in 0..<valueCount(rows: rows) {
            let start = index / stride * stride * classes + index % stride
            values[index] =
                fromLogits
                ? categoricalCrossentropyOfLogits(
                    target + start, prediction + start, count: classes, stride: stride, smoothing: smoothing)
                : categoricalCrossentropy(
                    target + start, prediction + start, count: classes, stride: stride, smoothing: smoothing)
        }
    }

    override func backward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        valueGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
    ) {
        let fromLogits = isFromLogits || takesLogits
        for index in 0..<valueCount(rows: rows) {
            let start = index / stride * stride * classes + index % stride
            if fromLogits {
                categoricalCrossentropyOfLogitsBackward(
                    target + start, prediction + start, scale: valueGradient[index], to: gradient + start,
                    count: classes, stride: stride, smoothing: smoothing)
            } else {
                categoricalCrossentropyBackward(
                    target + start, prediction + start, scale: valueGradient[index], to: gradient + start,
                    count: classes, stride: stride, smoothing: smoothing)
            }
        }
    }
}
