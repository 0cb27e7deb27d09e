import Kernels
import Protocol

/// The binary crossentropy times `(1 - p)^gamma`, where p is how probable the target is, so that what is right already
/// counts less (Lin et al., 2018; keras/src/losses/losses.py).
///
/// With `apply_class_balancing` the classes 1 and 0 weigh `alpha` and `1 - alpha`.
struct BinaryFocalCrossentropy: Loss {
    static let className = "BinaryFocalCrossentropy"
    static let arguments: [Argument] =
        Argument.loss("binary_focal_crossentropy") + [
            .boolean("from_logits", default: false),
            .number("label_smoothing", in: 0...1, default: 0.0),
            .integer("axis", in: -16...16, default: -1),
            .boolean("apply_class_balancing", default: false),
            .number("alpha", default: 0.25),
            .number("gamma", default: 2.0),
        ]

    static let fit = TargetFit.equal

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        let smoothing = configuration.float("label_smoothing")
        let gamma = configuration.float("gamma")
        let alpha = configuration.bool("apply_class_balancing") ? configuration.float("alpha") : nil
        let activations = configuration.bool("from_logits") ? [] : [Activation.sigmoid]
        return try BinaryLossOperation(configuration, site, name: Self.className, logitsOf: activations) {
            .binaryFocalCrossentropy(fromLogits: $0, smoothing: smoothing, gamma: gamma, alpha: alpha)
        }
    }
}
