import Kernels
import Protocol

/// `-mean(y_true · log(y_pred) + (1 - y_true) · log(1 - y_pred))` over the last axis (keras/src/losses/losses.py and
/// `binary_crossentropy` in keras/src/backend/tensorflow/nn.py).
///
/// Behind a sigmoid, and with `from_logits`, it is computed from the logits. Probabilities are clipped to
/// `[1e-7, 1 - 1e-7]`.
struct BinaryCrossentropy: Loss {
    static let className = "BinaryCrossentropy"
    static let arguments: [Argument] =
        Argument.loss("binary_crossentropy") + [
            .boolean("from_logits", default: false),
            .number("label_smoothing", in: 0...1, default: 0.0),
            .integer("axis", in: -1 ... -1, default: -1),
        ]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        try BinaryCrossentropyOperation(self, site)
    }
}

private final class BinaryCrossentropyOperation: LossOperation {
    private let columns: Int
    private let isFromLogits: Bool
    private let smoothing: Float

    init(_ loss: BinaryCrossentropy, _ site: LossSite) throws {
        let shape = try MatchedShapes(
            target: site.target, prediction: site.prediction, for: BinaryCrossentropy.className
        ).shape
        columns = shape.count == 1 ? 1 : shape[shape.count - 1]
        isFromLogits = loss.configuration.bool("from_logits")
        smoothing = loss.configuration.float("label_smoothing")
        super.init(valueShape: shape.count == 1 ? shape : Array(shape.dropLast()))
    }

    override var logitsActivation: Activation? { .sigmoid }

    override func forward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        values: UnsafeMutablePointer<Float>
    ) {
        for index in 0..<valueCount(rows: rows) {
            let start = index * columns
            values[index] =
                Kernels.binaryCrossentropy(
                    target + start, prediction + start, count: columns,
                    fromLogits: isFromLogits || takesLogits,
                    smoothing: smoothing) / Float(columns)
        }
    }

    override func backward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        valueGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
    ) {
        for index in 0..<valueCount(rows: rows) {
            let start = index * columns
            Kernels.binaryCrossentropyBackward(
                target + start, prediction + start, scale: valueGradient[index] / Float(columns),
                to: gradient + start, count: columns, fromLogits: isFromLogits || takesLogits,
                smoothing: smoothing)
        }
    }
}
