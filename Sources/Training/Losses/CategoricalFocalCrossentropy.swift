import Kernels
import Protocol

/// The categorical crossentropy with each class's part times `alpha · (1 - y_pred)^gamma` (Lin et al., 2018;
/// keras/src/losses/losses.py).
struct CategoricalFocalCrossentropy: Loss {
    static let className = "CategoricalFocalCrossentropy"
    static let arguments: [Argument] =
        Argument.loss("categorical_focal_crossentropy") + [
            .boolean("from_logits", default: false),
            .number("label_smoothing", in: 0...1, default: 0.0),
            .integer("axis", in: -16...16, default: -1),
            .number("alpha", default: 0.25),
            .number("gamma", default: 2.0),
        ]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        try CategoricalLossOperation(
            .focal(alpha: configuration.float("alpha"), gamma: configuration.float("gamma")), configuration,
            site, name: Self.className)
    }
}
