import Kernels
import Protocol

/// One step of long short-term memory, Hochreiter and Schmidhuber 1997 (keras/src/layers/rnn/lstm.py):
/// `i, f, o = recurrent_activation(x·W + h·U + b)`, `c = f · c + i · activation(x·W + h·U + b)`,
/// `h = o · activation(c)`.
///
/// `kernel` is `[features, 4 · units]`, `recurrent_kernel` `[units, 4 · units]`, `bias` `[4 · units]`, the gates in the
/// order input, forget, candidate, output. States: h and c, `[batch, units]` each.
struct LSTMCell: RecurrentCell {
    static let className = "LSTMCell"
    static let arguments: [Argument] =
        Argument.layer + [
            .integer("units", aliases: ["output_dim"]),
            .activation(default: "tanh"),
            .activation("recurrent_activation", default: "sigmoid"),
            .boolean("use_bias", default: true),
            .boolean("unit_forget_bias", default: true),
        ] + Argument.cellWeights + Argument.cellDropout + [.randomSeed, .legacy("implementation", [])]
        + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    var stateSizes: [Int] { [units, units] }
    private var units: Int { configuration.integer("units") }

    func weights(for input: Shape) throws -> [WeightDescription] {
        var bias = configuration.initializer("bias_initializer")
        if configuration.bool("unit_forget_bias") { bias = ForgetBias(bias, units: units) }
        return configuration.cellWeights(
            features: try input.size(-1, for: name), units: units, gates: 4, biasShape: [4 * units],
            biasInitializer: bias)
    }

    func makeSequence(_ site: CellSite) throws -> CellSequence {
        let isStandard =
            configuration.activation() == .tanh
            && configuration.activation("recurrent_activation") == .sigmoid
        let sets = configuration.float("recurrent_dropout") > 0 ? 4 : 1
        return isStandard && sets == 1 ? try LSTMSequence(self, site) : try GatedLSTMSequence(self, site)
    }
}

/// The bias of an LSTM: ones for the forget gate, which then remembers at first (Jozefowicz et al., 2015).
struct ForgetBias: Initializer {
    static let className = "ForgetBias"
    static let arguments: [Argument] = []
    let configuration: Arguments
    private let others: any Initializer
    private let units: Int

    init(_ arguments: Arguments) throws {
        throw ArgumentError(nil, "The forget gate's bias belongs to an LSTM.")
    }

    init(_ others: any Initializer, units: Int) {
        configuration = others.configuration
        self.others = others
        self.units = units
    }

    func check(shape: [Int]) throws {
        for count in [units, 2 * units] { try others.check(shape: [count]) }
    }

    func fill(_ values: UnsafeMutableBufferPointer<Float>, shape: [Int], stream: UInt64) throws {
        let (first, last) = (values.extracting(0..<units), values.extracting(2 * units..<4 * units))
        try others.fill(first, shape: [units], stream: stream)
        values.extracting(units..<2 * units).update(repeating: 1)
        try others.fill(last, shape: [2 * units], stream: stream)
    }
}

extension Argument {
    /// The initializers, regularizers and constraints of a recurrent cell's weights.
    static let cellWeights: [Argument] = [
        .initializer("kernel_initializer", default: "glorot_uniform"),
        .initializer("recurrent_initializer", default: "orthogonal"),
        .initializer("bias_initializer", default: "zeros"),
        .regularizer("kernel_regularizer"),
        .regularizer("recurrent_regularizer"),
        .regularizer("bias_regularizer"),
        .constraint("kernel_constraint"),
        .constraint("recurrent_constraint"),
        .constraint("bias_constraint"),
    ]

    static let cellDropout: [Argument] = [
        .number("dropout", in: 0...1, default: 0.0, aliases: ["dropout_W"]),
        .number("recurrent_dropout", in: 0...1, default: 0.0, aliases: ["dropout_U"]),
    ]
}

extension Arguments {
    /// The variables of a recurrent cell whose gates stand side by side.
    func cellWeights(
        features: Int, units: Int, gates: Int, biasShape: [Int], biasInitializer: any Initializer
    ) -> [WeightDescription] {
        let kernel = WeightDescription(
            "kernel", [features, gates * units], initializer("kernel_initializer"),
            regularizer: regularizer("kernel_regularizer"), constraint: constraint("kernel_constraint"))
        let recurrent = WeightDescription(
            "recurrent_kernel", [units, gates * units], initializer("recurrent_initializer"),
            regularizer: regularizer("recurrent_regularizer"),
            constraint: constraint("recurrent_constraint"))
        guard bool("use_bias") else { return [kernel, recurrent] }
        let bias = WeightDescription(
            "bias", biasShape, biasInitializer, regularizer: regularizer("bias_regularizer"),
            constraint: constraint("bias_constraint"))
        return [kernel, recurrent, bias]
    }
}
