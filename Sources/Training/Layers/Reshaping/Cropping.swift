import Protocol

/// Takes places off the ends of an image's positions (keras/src/layers/reshaping/cropping1d.py and its like).
///
/// Input `[batch, positions…, channels]`, or `[batch, channels, positions…]` with `channels_first`. Throws when nothing
/// would be left.
protocol CroppingLayer: SpatialGathering {
    var cropping: SpatialPairs { get }
}

struct Cropping1D: CroppingLayer {
    static let className = "Cropping1D"
    static let positions = 1
    static let arguments =
        Argument.layer + [Argument("cropping", .value, default: 1)] + Argument.layerBehaviour
    let configuration: Arguments
    let cropping: SpatialPairs
    init(_ arguments: Arguments) throws { (configuration, cropping) = try Self.read(arguments) }
}

struct Cropping2D: CroppingLayer {
    static let className = "Cropping2D"
    static let positions = 2
    static let arguments =
        Argument.layer + [Argument("cropping", .value, default: 0), .dataFormat] + Argument.layerBehaviour
    let configuration: Arguments
    let cropping: SpatialPairs
    init(_ arguments: Arguments) throws { (configuration, cropping) = try Self.read(arguments) }
}

struct Cropping3D: CroppingLayer {
    static let className = "Cropping3D"
    static let positions = 3
    static let arguments =
        Argument.layer + [Argument("cropping", .value, default: 1), .dataFormat] + Argument.layerBehaviour
    let configuration: Arguments
    let cropping: SpatialPairs
    init(_ arguments: Arguments) throws { (configuration, cropping) = try Self.read(arguments) }
}

extension CroppingLayer {
    fileprivate static func read(_ arguments: Arguments) throws -> (Arguments, SpatialPairs) {
        let pairs = try SpatialPairs(arguments.config["cropping"], axes: positions, name: "cropping")
        var arguments = arguments
        arguments.set("cropping", pairs.json)
        return (arguments, pairs)
    }

    func length(_ input: Int, axis: Int) throws -> Int {
        let pair = cropping.pairs[axis]
        guard pair.before + pair.after < input else {
            throw ShapeError(
                "\(name) takes \(pair.before) and \(pair.after) places off the ends of \(input).")
        }
        return input - pair.before - pair.after
    }

    func source(_ position: Int, axis: Int, length: Int) -> Int? { position + cropping.pairs[axis].before }
}
