import Kernels
import Protocol

/// Convolution over one to three axes: `activation(Σ kernel · window + bias)` for each window and filter
/// (keras/src/layers/convolutional/base_conv.py).
///
/// Input `[batch, positions…, channels]`, or `[batch, channels, positions…]` with `channels_first`; output alike with
/// `filters` channels. `kernel` is `[window…, channels / groups, filters]`, `bias` is `[filters]`. With `groups` each
/// group of filters sees its own channels. `causal` padding is for one axis. Defaults as Keras's.
protocol ConvolutionLayer: Layer {
    /// How many axes the windows slide over.
    static var positions: Int { get }
}

struct Conv1D: ConvolutionLayer {
    static let className = "Conv1D"
    static let aliases = ["Convolution1D"]
    static let positions = 1
    let configuration: Arguments
    init(_ arguments: Arguments) throws { configuration = try Self.checked(arguments) }
}

struct Conv2D: ConvolutionLayer {
    static let className = "Conv2D"
    static let aliases = ["Convolution2D"]
    static let positions = 2
    let configuration: Arguments
    init(_ arguments: Arguments) throws { configuration = try Self.checked(arguments) }
}

struct Conv3D: ConvolutionLayer {
    static let className = "Conv3D"
    static let aliases = ["Convolution3D"]
    static let positions = 3
    let configuration: Arguments
    init(_ arguments: Arguments) throws { configuration = try Self.checked(arguments) }
}

extension ConvolutionLayer {
    static var arguments: [Argument] {
        let paddings = positions == 1 ? ["valid", "same", "causal"] : ["valid", "same"]
        return Argument.layer + [
            .integer("filters", aliases: ["nb_filter"]),
            .integers("kernel_size", count: positions, aliases: ["filter_length"]),
            .integers("strides", count: positions, default: 1, aliases: ["subsample_length", "subsample"]),
            .choice("padding", paddings, default: "valid"),
            .dataFormat,
            .integers("dilation_rate", count: positions, default: 1),
            .integer("groups", default: 1),
            .activation(default: "linear"),
            .boolean("use_bias", default: true),
            .initializer("kernel_initializer", default: "glorot_uniform"),
            .initializer("bias_initializer", default: "zeros"),
            .regularizer("kernel_regularizer"),
            .regularizer("bias_regularizer"),
            .regularizer("activity_regularizer"),
            .constraint("kernel_constraint"),
            .constraint("bias_constraint"),
        ]
    }

    /// The arguments, if they fit each other.
    static func checked(_ arguments: Arguments) throws -> Arguments {
        let groups = arguments.integer("groups")
        guard arguments.integer("filters") % groups == 0 else {
            throw ArgumentError(
                "filters",
                "filters is a multiple of groups; \(arguments.integer("filters")) is none of \(groups).")
        }
        let isStrided = arguments.integers("strides").contains { $0 > 1 }
        guard !isStrided || !arguments.integers("dilation_rate").contains(where: { $0 > 1 }) else {
            throw ArgumentError("strides", "strides and dilation_rate cannot both be more than 1.")
        }
        return arguments
    }

    private func image(_ input: Shape) throws -> ImageShape {
        try ImageShape(
            input, positions: Self.positions, isChannelsFirst: configuration.isChannelsFirst, for: name)
    }

    func weights(for input: Shape) throws -> [WeightDescription] {
        let channels = try image(input).knownChannels(for: name)
        let groups = configuration.integer("groups")
        guard channels % groups == 0 else {
            throw ShapeError(
                "\(name) has \(groups) groups, which do not divide the \(channels) channels of its input.")
        }
        let filters = configuration.integer("filters")
        let kernel = WeightDescription(
            "kernel", configuration.windowGeometry.size + [channels / groups, filters],
            configuration.initializer("kernel_initializer"),
            regularizer: configuration.regularizer("kernel_regularizer"),
            constraint: configuration.constraint("kernel_constraint"))
        return [kernel] + configuration.biasWeight(filters)
    }

    func outputShape(for input: Shape) throws -> Shape {
        try image(input).output(configuration, filters: configuration.integer("filters"), for: name)
    }

    func makeOperation(_ site: Site) throws -> Operation {
        try configuration.convolution(site) { site, activation in
            try ConvolutionOperation(
                geometry: configuration.windowGeometry, filters: configuration.integer("filters"),
                groups: configuration.integer("groups"), usesBias: configuration.bool("use_bias"),
                activation: activation, site)
        }
    }
}
