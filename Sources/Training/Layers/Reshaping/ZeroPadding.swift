import Protocol

/// Puts zeros around an image's positions (keras/src/layers/reshaping/zero_padding1d.py and its like).
///
/// Input `[batch, positions…, channels]`, or `[batch, channels, positions…]` with `channels_first`.
protocol ZeroPaddingLayer: SpatialGathering {
    var padding: SpatialPairs { get }
}

struct ZeroPadding1D: ZeroPaddingLayer {
    static let className = "ZeroPadding1D"
    static let positions = 1
    static let arguments = paddingArguments
    let configuration: Arguments
    let padding: SpatialPairs
    init(_ arguments: Arguments) throws { (configuration, padding) = try Self.read(arguments) }
}

struct ZeroPadding2D: ZeroPaddingLayer {
    static let className = "ZeroPadding2D"
    static let positions = 2
    static let arguments = paddingArguments
    let configuration: Arguments
    let padding: SpatialPairs
    init(_ arguments: Arguments) throws { (configuration, padding) = try Self.read(arguments) }
}

struct ZeroPadding3D: ZeroPaddingLayer {
    static let className = "ZeroPadding3D"
    static let positions = 3
    static let arguments = paddingArguments
    let configuration: Arguments
    let padding: SpatialPairs
    init(_ arguments: Arguments) throws { (configuration, padding) = try Self.read(arguments) }
}

extension ZeroPaddingLayer {
    fileprivate static var paddingArguments: [Argument] {
        Argument.layer + [Argument("padding", .value, default: 1), .dataFormat] + Argument.layerBehaviour
    }

    fileprivate static func read(_ arguments: Arguments) throws -> (Arguments, SpatialPairs) {
        let pairs = try SpatialPairs(arguments.config["padding"], axes: positions, name: "padding")
        var arguments = arguments
        arguments.set("padding", pairs.json)
        return (arguments, pairs)
    }

    func length(_ input: Int, axis: Int) throws -> Int {
        let pair = padding.pairs[axis]
        let (sum, overflow) = input.addingReportingOverflow(pair.before + pair.after)
        if overflow { throw ShapeError("\(name) makes an axis that is too long.") }
        return sum
    }

    func source(_ position: Int, axis: Int, length: Int) -> Int? {
        let place = position - padding.pairs[axis].before
        return (0..<length).contains(place) ? place : nil
    }
}
