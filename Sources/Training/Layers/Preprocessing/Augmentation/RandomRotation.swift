import Protocol

/// Turns images around their middle while training, by `factor` of a full turn, counter-clockwise
/// (keras/src/layers/preprocessing/image_preprocessing/random_rotation.py).
struct RandomRotation: AffineAugmentation {
    static let className = "RandomRotation"
    static let movement = ImageMovement.rotation
    static let scale = 360.0
    static let arguments: [Argument] = Argument.augmentation + [Argument("factor", .numbers)] + sampling

    let configuration: Arguments
    private let factor: FactorRange

    init(_ arguments: Arguments) throws {
        factor = try FactorRange(arguments, "factor", .overlapping(-1...1))
        var arguments = arguments
        arguments.set("factor", factor.json)
        configuration = arguments
    }

    func ranges() -> (first: FactorRange, second: FactorRange?) { (factor, nil) }
}
