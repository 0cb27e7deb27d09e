import Protocol

/// Repeats an image's positions `size` times (keras/src/layers/reshaping/up_sampling1d.py and its like).
///
/// Input `[batch, positions…, channels]`, or `[batch, channels, positions…]` with `channels_first`. In two dimensions
/// the new positions may be interpolated instead, as `Resizing` does.
protocol UpSamplingLayer: SpatialGathering {}

struct UpSampling1D: UpSamplingLayer {
    static let className = "UpSampling1D"
    static let positions = 1
    static let arguments =
        Argument.layer + [.integer("size", default: 2, aliases: ["length"])] + Argument.layerBehaviour
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = arguments }
}

struct UpSampling2D: UpSamplingLayer {
    static let className = "UpSampling2D"
    static let positions = 2
    static let arguments =
        Argument.layer + [
            .integers("size", count: 2, default: 2), .dataFormat,
            .choice("interpolation", ImageInterpolation.allCases.map(\.rawValue), default: "nearest"),
        ] + Argument.layerBehaviour
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: Site) throws -> Operation {
        let interpolation = ImageInterpolation(rawValue: configuration.string("interpolation")) ?? .nearest
        if interpolation == .nearest {
            return try GatheringOperation(gathering(for: Array(site.input.shape.dropFirst())), site)
        }
        return try ResamplingOperation.make(site, isChannelsFirst: configuration.isChannelsFirst) { lengths in
            let size = configuration.integers("size")
            return zip(lengths, size).map {
                ResamplingTaps(interpolation, from: $0, to: $0 * $1, antialias: false)
            }
        }
    }
}

struct UpSampling3D: UpSamplingLayer {
    static let className = "UpSampling3D"
    static let positions = 3
    static let arguments =
        Argument.layer + [.integers("size", count: 3, default: 2), .dataFormat] + Argument.layerBehaviour
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = arguments }
}

extension UpSamplingLayer {
    private func factor(_ axis: Int) -> Int { configuration.integers("size")[axis] }

    func length(_ input: Int, axis: Int) throws -> Int {
        let (product, overflow) = input.multipliedReportingOverflow(by: factor(axis))
        if overflow { throw ShapeError("\(name) makes an axis that is too long.") }
        return product
    }

    func source(_ position: Int, axis: Int, length: Int) -> Int? { position / factor(axis) }
}
