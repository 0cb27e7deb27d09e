import Kernels
import Protocol

/// `-mean(y_true · log(y_pred) + (1 - y_true) · log(1 - y_pred))` over the last axis (keras/src/losses/losses.py and
/// `binary_crossentropy` in keras/src/backend/tensorflow/nn.py).
///
/// Behind a sigmoid, and with `from_logits`, it is computed from the logits. Probabilities are clipped to
/// `[1e-7, 1 - 1e-7]`.
struct BinaryCrossentropy: Loss {
    static let className = "BinaryCrossentropy"
    static let aliases = ["bce", "BCE"]
    static let arguments: [Argument] =
        Argument.loss("binary_crossentropy") + [
            .boolean("from_logits", default: false),
            .number("label_smoothing", in: 0...1, default: 0.0),
            .integer("axis", in: -1 ... -1, default: -1),
        ]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        let smoothing = configuration.float("label_smoothing")
        let fromLogits = configuration.bool("from_logits")
        return try BinaryLossOperation(site, name: Self.className, isFromLogits: fromLogits) {
            .binaryCrossentropy(fromLogits: $0, smoothing: smoothing)
        }
    }
}

/// A loss that is told whether it is given logits only when the layers before it are known.
final class BinaryLossOperation: ElementwiseLossOperation {
    private let ofLogits: ElementwiseLoss
    private let isFromLogits: Bool
    private let mayStartBeforeSigmoid: Bool

    init(
        _ site: LossSite, name: String, isFromLogits: Bool, mayStartBeforeSigmoid: Bool = true,
        kind: (Bool) -> ElementwiseLoss
    ) throws {
        ofLogits = kind(true)
        self.isFromLogits = isFromLogits
        self.mayStartBeforeSigmoid = mayStartBeforeSigmoid
        try super.init(kind(false), site, name: name)
    }

    override var logitsActivation: Activation? { mayStartBeforeSigmoid ? .sigmoid : nil }

    override func kind(for target: UnsafePointer<Float>, count: Int) -> ElementwiseLoss? {
        isFromLogits || takesLogits ? ofLogits : nil
    }
}
