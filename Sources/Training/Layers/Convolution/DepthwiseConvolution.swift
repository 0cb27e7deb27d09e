import Kernels
import Protocol

/// A convolution of each channel by itself: `depth_multiplier` filters see one channel each
/// (keras/src/layers/convolutional/base_depthwise_conv.py).
///
/// Shapes as those of `ConvolutionLayer` with `channels · depth_multiplier` filters, those of one channel side by side.
/// `kernel` is `[window…, channels, depth_multiplier]`, `bias` has one value a filter.
protocol DepthwiseConvolutionLayer: Layer {
    /// How many axes the windows slide over.
    static var positions: Int { get }
}

struct DepthwiseConv1D: DepthwiseConvolutionLayer {
    static let className = "DepthwiseConv1D"
    static let positions = 1
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = arguments }
}

struct DepthwiseConv2D: DepthwiseConvolutionLayer {
    static let className = "DepthwiseConv2D"
    static let positions = 2
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = arguments }
}

extension DepthwiseConvolutionLayer {
    static var arguments: [Argument] {
        Argument.layer + [.integer("depth_multiplier", default: 1)] + Argument.windows(positions) + [
            .activation(default: "linear"),
            .boolean("use_bias", default: true),
            .initializer("depthwise_initializer", default: "glorot_uniform"),
            .initializer("bias_initializer", default: "zeros"),
            .regularizer("depthwise_regularizer"),
            .regularizer("bias_regularizer"),
            .regularizer("activity_regularizer"),
            .constraint("depthwise_constraint"),
            .constraint("bias_constraint"),
        ]
    }

    private func image(_ input: Shape) throws -> ImageShape {
        try ImageShape(
            input, positions: Self.positions, isChannelsFirst: configuration.isChannelsFirst, for: name)
    }

    func weights(for input: Shape) throws -> [WeightDescription] {
        let channels = try image(input).knownChannels(for: name)
        let multiplier = configuration.integer("depth_multiplier")
        let kernel = WeightDescription(
            "kernel", configuration.windowGeometry.size + [channels, multiplier],
            configuration.initializer("depthwise_initializer"),
            regularizer: configuration.regularizer("depthwise_regularizer"),
            constraint: configuration.constraint("depthwise_constraint"))
        return [kernel]
            + configuration.biasWeight(channels.multipliedReportingOverflow(by: multiplier).partialValue)
    }

    func outputShape(for input: Shape) throws -> Shape {
        let image = try image(input)
        let filters = try image.knownChannels(for: name)
            .multipliedReportingOverflow(by: configuration.integer("depth_multiplier"))
        guard !filters.overflow else { throw ShapeError("\(name) has more filters than fit in memory.") }
        return try image.output(configuration, filters: filters.partialValue, for: name)
    }

    func makeOperation(_ site: Site) throws -> Operation {
        try configuration.convolution(site) { site, activation in
            let channels = site.input.shape[site.input.shape.count - 1]
            return try ConvolutionOperation(
                geometry: configuration.windowGeometry,
                filters: channels * configuration.integer("depth_multiplier"),
                groups: channels, usesBias: configuration.bool("use_bias"),
                activation: activation, site)
        }
    }
}
