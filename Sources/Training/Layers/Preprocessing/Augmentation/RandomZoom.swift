import Protocol

/// Makes images smaller by a positive factor and larger by a negative one while training, up and down by `height_factor`
/// and from side to side by `width_factor`, or by the same where that is null
/// (keras/src/layers/preprocessing/image_preprocessing/random_zoom.py).
struct RandomZoom: AffineAugmentation {
    static let className = "RandomZoom"
    static let movement = ImageMovement.zoom
    static let offset = 1.0
    static let arguments: [Argument] =
        Argument.augmentation + [
            Argument("height_factor", .numbers), Argument("width_factor", .numbers, default: .null),
        ] + sampling

    let configuration: Arguments
    private let height: FactorRange
    private let width: FactorRange?

    init(_ arguments: Arguments) throws {
        height = try FactorRange(arguments, "height_factor", .aboveMinusOne)
        width =
            arguments.has("width_factor")
            ? try FactorRange(arguments, "width_factor", .aboveMinusOne) : nil
        configuration = arguments
    }

    func ranges() -> (first: FactorRange, second: FactorRange?) { (height, width) }
}
