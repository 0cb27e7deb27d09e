import Protocol

/// Drops whole channels while training and scales the others (keras/src/layers/regularization/spatial_dropout.py).
///
/// Input `[batch, positions…, channels]`, or `[batch, channels, positions…]` with `channels_first`.
protocol SpatialDropoutLayer: Layer {
    /// How many axes of positions there are.
    static var positions: Int { get }
}

struct SpatialDropout1D: SpatialDropoutLayer {
    static let className = "SpatialDropout1D"
    static let positions = 1
    static let arguments = bareArguments
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = arguments }
}

struct SpatialDropout2D: SpatialDropoutLayer {
    static let className = "SpatialDropout2D"
    static let positions = 2
    static let arguments = bareArguments + [.dataFormat]
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = arguments }
}

struct SpatialDropout3D: SpatialDropoutLayer {
    static let className = "SpatialDropout3D"
    static let positions = 3
    static let arguments = bareArguments + [.dataFormat]
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = arguments }
}

extension SpatialDropoutLayer {
    /// Keras writes these without `trainable`, and the dtype by its name.
    static var bareArguments: [Argument] {
        [
            .number("rate", in: 0...1), .randomSeed, Argument("name", .string, default: ""),
            .dtype(byName: true), .legacy("trainable", []),
        ]
    }

    func outputShape(for input: Shape) throws -> Shape {
        try input.require(rank: Self.positions + 2, for: name)
        return input
    }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule { .pass }

    func makeOperation(_ site: Site) throws -> Operation {
        let ones = [Int?](repeating: 1, count: Self.positions)
        let noise = configuration.isChannelsFirst ? [nil, nil] + ones : [nil] + ones + [nil]
        return try DropoutOperation(self, rate: configuration.float("rate"), noiseShape: noise, site)
    }
}
