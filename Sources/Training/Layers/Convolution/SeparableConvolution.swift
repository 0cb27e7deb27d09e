import Kernels
import Protocol

/// A depthwise convolution, and a convolution with windows of one position behind it
/// (keras/src/layers/convolutional/base_separable_conv.py).
///
/// Shapes as those of `ConvolutionLayer`. `depthwise_kernel` is `[window…, channels, depth_multiplier]`,
/// `pointwise_kernel` is `[1…, channels · depth_multiplier, filters]`, `bias` is `[filters]`.
protocol SeparableConvolutionLayer: Layer {
    /// How many axes the windows slide over.
    static var positions: Int { get }
}

struct SeparableConv1D: SeparableConvolutionLayer {
    static let className = "SeparableConv1D"
    static let aliases = ["SeparableConvolution1D"]
    static let positions = 1
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = arguments }
}

struct SeparableConv2D: SeparableConvolutionLayer {
    static let className = "SeparableConv2D"
    static let aliases = ["SeparableConvolution2D"]
    static let positions = 2
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = arguments }
}

extension SeparableConvolutionLayer {
    static var arguments: [Argument] {
        Argument.layer + [.integer("depth_multiplier", default: 1), .integer("filters")]
            + Argument.windows(positions) + [
                .activation(default: "linear"),
                .boolean("use_bias", default: true),
                .initializer("depthwise_initializer", default: "glorot_uniform"),
                .initializer("pointwise_initializer", default: "glorot_uniform"),
                .initializer("bias_initializer", default: "zeros"),
                .regularizer("depthwise_regularizer"),
                .regularizer("pointwise_regularizer"),
                .regularizer("bias_regularizer"),
                .regularizer("activity_regularizer"),
                .constraint("depthwise_constraint"),
                .constraint("pointwise_constraint"),
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
        let inner = channels.multipliedReportingOverflow(by: multiplier)
        guard !inner.overflow else { throw ShapeError("\(name) has more channels than fit in memory.") }
        let shapes = [
            ("depthwise", configuration.windowGeometry.size + [channels, multiplier]),
            (
                "pointwise",
                Array(repeating: 1, count: Self.positions) + [
                    inner.partialValue, configuration.integer("filters"),
                ]
            ),
        ]
        let kernels = shapes.map { kind, shape in
            WeightDescription(
                "\(kind)_kernel", shape, configuration.initializer("\(kind)_initializer"),
                regularizer: configuration.regularizer("\(kind)_regularizer"),
                constraint: configuration.constraint("\(kind)_constraint"))
        }
        return kernels + configuration.biasWeight(configuration.integer("filters"))
    }

    func outputShape(for input: Shape) throws -> Shape {
        try image(input).output(configuration, filters: configuration.integer("filters"), for: name)
    }

    func makeOperation(_ site: Site) throws -> Operation {
        try configuration.convolution(site) { site, activation in
            let channels = site.input.shape[site.input.shape.count - 1]
            let inner = channels * configuration.integer("depth_multiplier")
            let middle = try site.tensor(site.output.shape.dropLast() + [inner])
            let depthwise = try ConvolutionOperation(
                geometry: configuration.windowGeometry, filters: inner, groups: channels, usesBias: false,
                activation: .linear, site.part(input: site.input, output: middle, weights: 0..<1))
            let ones = Array(repeating: 1, count: Self.positions)
            let pointwise = try ConvolutionOperation(
                geometry: WindowGeometry(size: ones, strides: ones, dilation: ones, padding: .valid),
                filters: configuration.integer("filters"), groups: 1,
                usesBias: configuration.bool("use_bias"),
                activation: activation,
                site.part(input: middle, output: site.output, weights: 1..<site.weights.count))
            return Chain([depthwise, pointwise])
        }
    }
}
