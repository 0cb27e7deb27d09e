import Kernels
import Protocol

/// The transpose of a convolution: each position of the input adds its windows to the output
/// (keras/src/layers/convolutional/base_conv_transpose.py).
///
/// Input `[batch, positions…, channels]`, or `[batch, channels, positions…]` with `channels_first`; output alike with
/// `filters` channels and about `strides` times as many positions. `kernel` is `[window…, filters, channels]`, `bias` is
/// `[filters]`. `output_padding` adds positions and is less than the strides.
protocol ConvolutionTransposeLayer: Layer {
    /// How many axes the windows slide over.
    static var positions: Int { get }
}

struct Conv1DTranspose: ConvolutionTransposeLayer {
    static let className = "Conv1DTranspose"
    static let aliases = ["Convolution1DTranspose"]
    static let positions = 1
    let configuration: Arguments
    init(_ arguments: Arguments) throws { configuration = try Self.checked(arguments) }
}

struct Conv2DTranspose: ConvolutionTransposeLayer {
    static let className = "Conv2DTranspose"
    static let aliases = ["Convolution2DTranspose"]
    static let positions = 2
    let configuration: Arguments
    init(_ arguments: Arguments) throws { configuration = try Self.checked(arguments) }
}

struct Conv3DTranspose: ConvolutionTransposeLayer {
    static let className = "Conv3DTranspose"
    static let aliases = ["Convolution3DTranspose"]
    static let positions = 3
    let configuration: Arguments
    init(_ arguments: Arguments) throws { configuration = try Self.checked(arguments) }
}

extension ConvolutionTransposeLayer {
    static var arguments: [Argument] {
        Argument.layer + [
            .integer("filters"),
            .integers("kernel_size", count: positions),
            .integers("strides", count: positions, default: 1),
            .choice("padding", ["valid", "same"], default: "valid"),
            .integers("output_padding", count: positions, in: 0...Int(Int32.max), default: .null),
            .dataFormat,
            .integers("dilation_rate", count: positions, default: 1),
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
        let strides = arguments.integers("strides")
        guard zip(arguments.integers("output_padding"), strides).allSatisfy({ $0 < $1 }) else {
            throw ArgumentError("output_padding", "output_padding is less than the strides on each axis.")
        }
        guard (strides.max() ?? 1) == 1 || (arguments.integers("dilation_rate").max() ?? 1) == 1 else {
            throw ArgumentError("strides", "strides and dilation_rate cannot both be more than 1.")
        }
        return arguments
    }

    private func image(_ input: Shape) throws -> ImageShape {
        try ImageShape(
            input, positions: Self.positions, isChannelsFirst: configuration.isChannelsFirst, for: name)
    }

    func weights(for input: Shape) throws -> [WeightDescription] {
        let filters = configuration.integer("filters")
        let channels = try image(input).knownChannels(for: name)
        let kernel = WeightDescription(
            "kernel", configuration.windowGeometry.size + [filters, channels],
            configuration.initializer("kernel_initializer"),
            regularizer: configuration.regularizer("kernel_regularizer"),
            constraint: configuration.constraint("kernel_constraint"))
        return [kernel] + configuration.biasWeight(filters)
    }

    /// Positions of the output on an axis (`_get_output_shape_given_tf_padding`).
    private func length(_ input: Int?, axis: Int) throws -> Int? {
        guard let input else { return nil }
        let geometry = configuration.windowGeometry
        let stride = geometry.strides[axis]
        let span = (geometry.size[axis] - 1) * geometry.dilation[axis] + 1
        let padding =
            configuration.has("output_padding") ? configuration.integers("output_padding")[axis] : nil
        let steps = (input - 1).multipliedReportingOverflow(by: stride)
        guard !steps.overflow, steps.partialValue <= Int(Int32.max) else {
            throw ShapeError("The output of \(name) does not fit in memory.")
        }
        if geometry.padding == .valid {
            return steps.partialValue + span + (padding ?? max(span, stride) - span)
        }
        guard let padding else { return steps.partialValue + stride }
        let length = steps.partialValue + span % 2 + padding
        guard (length + stride - 1) / stride == input else {
            throw ShapeError("\(name) cannot pad \(input) positions to \(length) with a stride of \(stride).")
        }
        return length
    }

    func outputShape(for input: Shape) throws -> Shape {
        let image = try image(input)
        let lengths = try image.positions.enumerated().map { try length($1, axis: $0) }
        let output = image.with(
            positions: lengths, channels: configuration.integer("filters"),
            isChannelsFirst: configuration.isChannelsFirst)
        let activation = configuration.activation()
        guard activation.form != .glu else { throw ShapeError("\(name) cannot use glu.") }
        return try activation.outputShape(for: output)
    }

    func makeOperation(_ site: Site) throws -> Operation {
        try configuration.convolution(site) { site, activation in
            try ConvolutionTransposeOperation(
                geometry: configuration.windowGeometry, usesBias: configuration.bool("use_bias"),
                activation: activation, site)
        }
    }
}

/// A transposed convolution on buffers whose channels are last: the input times the kernel gives windows, which are
/// added where they belong.
private final class ConvolutionTransposeOperation: Operation {
    private let input: Tensor
    private let output: Tensor
    private let kernel: WeightSlot
    private let bias: WeightSlot?
    private let activation: ActivationRun
    private let windows: Windows
    private let channels: Int
    private let filters: Int
    private let positions: Int
    private let columns: UnsafeMutablePointer<Float>
    private let beforeActivation: UnsafeMutablePointer<Float>
    private let product: Product

    init(geometry: WindowGeometry, usesBias: Bool, activation: Activation, _ site: Site) throws {
        input = site.input
        output = site.output
        kernel = site.weights[0]
        bias = usesBias ? site.weights[1] : nil
        self.activation = try ActivationRun(
            activation, sample: Array(output.shape.dropFirst()), rows: output.rows, site)
        channels = input.shape[input.shape.count - 1]
        filters = output.shape[output.shape.count - 1]
        positions = input.rowCount / channels
        windows = geometry.windows(
            over: Array(output.shape.dropFirst().dropLast()),
            counts: Array(input.shape.dropFirst().dropLast()),
            channels: filters, placeStride: filters)
        let keeps = site.isTraining && activation.backwardNeedsInput
        beforeActivation = keeps ? try site.buffer(output.count) : output.values
        columns = try site.buffer(positions * windows.windowCount)
        product = Product(site)
        super.init()
        product.reserve(rows: positions, inner: windows.windowCount, columns: channels)
    }

    override func forward(_ step: Step) {
        for row in 0..<step.rows {
            let x = input.values + row * input.rowCount
            let y = beforeActivation + row * output.rowCount
            product.multiplyTransposingRight(
                x, kernel.values, to: columns, rows: positions, inner: channels, columns: windows.windowCount,
                step.team)
            Kernels.fill(y, count: output.rowCount, with: 0)
            columnsToImage(columns, windows, rows: 0..<positions, to: y)
            if let bias {
                Kernels.addRow(bias.values, to: y, rows: output.rowCount / filters, columns: filters)
            }
        }
        if !activation.isLinear {
            activation.forward(
                beforeActivation, to: output.values, rows: step.rows * (output.rowCount / filters),
                columns: filters, step.team)
        }
    }

    override func backward(_ step: Step) {
        guard let outputGradient = output.gradient else { return }
        let runs = step.rows * (output.rowCount / filters)
        if !activation.isLinear {
            activation.backward(
                x: beforeActivation, y: output.values, dy: outputGradient, dx: outputGradient, rows: runs,
                columns: filters, step.team)
        }
        if let gradient = bias?.gradient {
            step.team.columnSums(outputGradient, rows: runs, columns: filters, to: gradient)
        }
        for row in 0..<step.rows {
            imageToColumns(outputGradient + row * output.rowCount, windows, rows: 0..<positions, to: columns)
            if let gradient = kernel.gradient {
                product.multiplyTransposingLeft(
                    columns, input.values + row * input.rowCount, to: gradient, rows: windows.windowCount,
                    inner: positions, columns: channels, accumulate: row > 0, step.team)
            }
            if let gradient = input.gradient {
                product.multiply(
                    columns, kernel.values, to: gradient + row * input.rowCount, rows: positions,
                    inner: windows.windowCount, columns: channels, step.team)
            }
        }
    }
}
