import Protocol

/// Moves images down by `height_factor` of their height and right by `width_factor` of their width while training
/// (keras/src/layers/preprocessing/image_preprocessing/random_translation.py).
struct RandomTranslation: AffineAugmentation {
    static let className = "RandomTranslation"
    static let movement = ImageMovement.translation
    static let arguments: [Argument] =
        Argument.augmentation + [
            Argument("height_factor", .numbers), Argument("width_factor", .numbers),
        ] + sampling

    let configuration: Arguments
    private let height: FactorRange
    private let width: FactorRange

    init(_ arguments: Arguments) throws {
        height = try FactorRange(arguments, "height_factor", .eachWithinOne)
        width = try FactorRange(arguments, "width_factor", .eachWithinOne)
        configuration = arguments
    }

    func ranges() -> (first: FactorRange, second: FactorRange?) { (height, width) }
}
