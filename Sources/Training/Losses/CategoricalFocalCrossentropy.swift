import Kernels
import Protocol

/// The categorical crossentropy with each class's part times `alpha · (1 - y_pred)^gamma` (Lin et al., 2018;
/// keras/src/losses/losses.py); `alpha` is one number, or one for each place of the last axis.
struct CategoricalFocalCrossentropy: Loss {
    static let className = "CategoricalFocalCrossentropy"
    static let arguments: [Argument] =
        Argument.loss("categorical_focal_crossentropy") + [
            .boolean("from_logits", default: false),
            .number("label_smoothing", in: 0...1, default: 0.0),
            .integer("axis", in: -16...16, default: -1),
            Argument("alpha", .numbers, default: 0.25),
            .number("gamma", default: 2.0),
        ]

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        configuration = arguments
        let alpha = arguments.config["alpha"] ?? .null
        guard alpha.array?.allSatisfy({ $0.number?.isFinite ?? false }) ?? (alpha.number?.isFinite ?? false)
        else {
            throw ArgumentError(
                "alpha", "alpha is a number that is finite, or a list of them, one for each class.")
        }
    }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        let alpha = configuration.numbers("alpha").map { Float($0) }
        let classes = site.prediction.last ?? 1
        guard alpha.count == 1 || alpha.count == classes else {
            throw ShapeError(
                "alpha has \(alpha.count) numbers; the last axis of the predictions has \(classes).")
        }
        let kind = CategoricalLoss.Kind.focal(
            alpha: alpha.count == 1 ? alpha[0] : 1, gamma: configuration.float("gamma"))
        return try CategoricalLossOperation(
            kind, configuration, site, name: Self.className, classWeights: alpha.count == 1 ? [] : alpha)
    }
}
