import Protocol

/// A convolutional LSTM over the steps of sequences of images, Shi et al. 2015 (keras/src/layers/rnn/conv_lstm.py): an
/// LSTM whose products with the kernels are convolutions, the recurrent one with `same` padding and without strides.
///
/// Input `[batch, steps, positions…, channels]`, output `[batch, positions…, filters]`, or `[batch, steps, positions…,
/// filters]` with `return_sequences`; with `channels_first` the channels stand before the positions. `kernel` is
/// `[window…, channels, 4 · filters]`, `recurrent_kernel` `[window…, filters, 4 · filters]`, `bias` `[4 · filters]`.
/// Throws when a size of the images is unknown.
protocol ConvLSTMLayer: RecurrentLayer {
    /// How many axes the windows slide over.
    static var positions: Int { get }
}

struct ConvLSTM1D: ConvLSTMLayer {
    static let className = "ConvLSTM1D"
    static let positions = 1
    let configuration: Arguments
    init(_ arguments: Arguments) throws { configuration = try Self.checked(arguments) }
}

struct ConvLSTM2D: ConvLSTMLayer {
    static let className = "ConvLSTM2D"
    static let positions = 2
    let configuration: Arguments
    init(_ arguments: Arguments) throws { configuration = try Self.checked(arguments) }
}

struct ConvLSTM3D: ConvLSTMLayer {
    static let className = "ConvLSTM3D"
    static let positions = 3
    let configuration: Arguments
    init(_ arguments: Arguments) throws { configuration = try Self.checked(arguments) }
}

extension ConvLSTMLayer {
    static var arguments: [Argument] {
        Argument.layer + Argument.recurrence + [
            .integer("filters"),
            .integers("kernel_size", count: positions),
            .integers("strides", count: positions, default: 1),
            .choice("padding", ["valid", "same"], default: "valid"),
            .dataFormat,
            .integers("dilation_rate", count: positions, default: 1),
            .activation(default: "tanh"),
            .activation("recurrent_activation", default: "sigmoid"),
            .boolean("use_bias", default: true),
            .initializer("kernel_initializer", default: "glorot_uniform"),
            .initializer("recurrent_initializer", default: "orthogonal"),
            .initializer("bias_initializer", default: "zeros"),
            .boolean("unit_forget_bias", default: true),
        ] + Argument.recurrentPenalties + Argument.cellDropout + [.randomSeed] + Argument.recurrentLegacy
    }

    static func checked(_ arguments: Arguments) throws -> Arguments {
        try check(arguments)
        let isStrided = arguments.integers("strides").contains { $0 > 1 }
        guard !isStrided || !arguments.integers("dilation_rate").contains(where: { $0 > 1 }) else {
            throw ArgumentError("strides", "strides and dilation_rate cannot both be more than 1.")
        }
        return arguments
    }

    var cells: [(path: String, cell: any RecurrentCell)] {
        [("conv_lstm_cell", ConvLSTMCell(configuration, image: []))]
    }

    /// The cell for images of the input's shape.
    private func cell(for input: Shape) throws -> ConvLSTMCell {
        try input.require(rank: Self.positions + 3, for: name)
        var sizes = try (2..<input.rank).map { try input.size($0, for: name) }
        if configuration.isChannelsFirst { sizes.append(sizes.removeFirst()) }
        return ConvLSTMCell(configuration, image: sizes)
    }

    /// Keras hands the cell no `trainable`.
    var freezesWeights: Bool { false }

    func weights(for input: Shape) throws -> [WeightDescription] {
        try cell(for: input).weights(for: input).map { $0.inside("conv_lstm_cell") }
    }

    func states(for input: Shape) throws -> [WeightDescription] {
        guard isStateful else { return [] }
        let batch = try batchSize(input)
        return try cell(for: input).stateSizes.enumerated().map { index, size in
            WeightDescription(
                index == 0 ? "rnn_state" : "rnn_state_1", [batch, size], Zeros(), trainable: false)
        }
    }

    func outputShape(for input: Shape) throws -> Shape {
        let cell = try cell(for: input)
        if isStateful { _ = try batchSize(input) }
        try checkActivations()
        let lengths: [Int?] = cell.outputLengths
        let filters: [Int?] = [configuration.integer("filters")]
        let image = configuration.isChannelsFirst ? filters + lengths : lengths + filters
        return Shape([input[0]] + (returnsSequences ? [input[1]] : []) + image)
    }

    /// Refuses activations that look along axes which the places of an image do not have by themselves.
    private func checkActivations() throws {
        for argument in ["activation", "recurrent_activation"] {
            let activation = configuration.activation(argument)
            guard activation.form != .glu, !activation.mixesSamples,
                activation.isElementwise || !configuration.isChannelsFirst
            else {
                throw ShapeError(
                    "\(name) cannot use \(activation.name) as \(argument): it does not take each element by itself."
                )
            }
        }
    }

    func makeOperation(_ site: Site) throws -> Operation {
        let cell = try cell(for: Shape(site.input.shape))
        guard configuration.isChannelsFirst else { return try RecurrentOperation(self, site, cells: [cell]) }
        let rank = site.input.shape.count
        let inOrder = AxisOrder(site.input.shape, [0, 1] + Array(3..<rank) + [2])
        let first = returnsSequences ? 2 : 1
        let outRank = site.output.shape.count
        let outOrder = AxisOrder(
            site.output.shape, Array(0..<first) + Array(first + 1..<outRank) + [first])
        let input = try site.tensor(inOrder.turned)
            .view(inOrder.turned, mask: site.input.mask, maskRowCount: site.input.maskRowCount)
        let output = try site.tensor(outOrder.turned)
        let inner = Site(
            input: input, output: output, weights: site.weights, states: site.states,
            isTraining: site.isTraining, stream: site.stream, arena: site.arena, scratch: site.scratch)
        return Chain([
            AxisTurn(from: site.input, to: input, inOrder),
            try RecurrentOperation(self, inner, cells: [cell]),
            AxisTurn(from: site.output, to: output, outOrder, isBack: true),
        ])
    }
}

/// Copies a tensor into one of another order of axes, or back out of it.
private final class AxisTurn: Operation {
    private let outer: Tensor
    private let inner: Tensor
    private let order: AxisOrder
    private let isBack: Bool

    init(from outer: Tensor, to inner: Tensor, _ order: AxisOrder, isBack: Bool = false) {
        self.outer = outer
        self.inner = inner
        self.order = order
        self.isBack = isBack
    }

    override func forward(_ step: Step) {
        if isBack {
            order.turnBack(inner.values, rows: step.rows, to: outer.values)
        } else {
            order.turn(outer.values, rows: step.rows, to: inner.values)
        }
    }

    override func backward(_ step: Step) {
        guard let gradient = outer.gradient, let turned = inner.gradient else { return }
        if isBack {
            order.turn(gradient, rows: step.rows, to: turned)
        } else {
            order.turnBack(turned, rows: step.rows, to: gradient)
        }
    }
}
