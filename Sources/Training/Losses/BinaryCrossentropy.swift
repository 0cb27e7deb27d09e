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
            .integer("axis", in: -16...16, default: -1),
        ]

    static let fit = TargetFit.equal

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        let smoothing = configuration.float("label_smoothing")
        return try BinaryLossOperation(configuration, site, name: Self.className) {
            .binaryCrossentropy(fromLogits: $0, smoothing: smoothing)
        }
    }
}

/// A loss that is told whether it is given logits only when the layers before it are known.
final class BinaryLossOperation: ElementwiseLossOperation {
    private let ofLogits: ElementwiseLoss
    private let isFromLogits: Bool

    init(
        _ configuration: Arguments, _ site: LossSite, name: String, kind: (Bool) -> ElementwiseLoss
    ) throws {
        ofLogits = kind(true)
        isFromLogits = configuration.bool("from_logits")
        try super.init(kind(false), site, axis: configuration.integer("axis"), name: name)
    }

    override var logitsActivations: [Activation] { [.sigmoid, .softmax] }

    override func kind(for target: UnsafePointer<Float>, count: Int) -> ElementwiseLoss? {
        isFromLogits || takesLogits ? ofLogits : nil
    }
}
