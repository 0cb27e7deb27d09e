import Protocol

/// A gated recurrent unit over the steps of the input (keras/src/layers/rnn/gru.py); see `GRUCell` for the formula and
/// the weights, `RecurrentLayer` for the shapes.
struct GRU: RecurrentLayer {
    static let className = "GRU"
    static let arguments: [Argument] =
        Argument.layer + Argument.recurrence + [
            .integer("units", aliases: ["output_dim"]),
            .activation(default: "tanh"),
            .activation("recurrent_activation", default: "sigmoid"),
            .boolean("use_bias", default: true),
            .initializer("kernel_initializer", default: "glorot_uniform"),
            .initializer("recurrent_initializer", default: "orthogonal"),
            .initializer("bias_initializer", default: "zeros"),
        ] + Argument.recurrentPenalties + Argument.cellDropout + [
            .boolean("reset_after", default: true), .randomSeed,
        ] + Argument.recurrentLegacy

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        try Self.check(arguments)
        configuration = arguments
    }

    var cells: [(path: String, cell: any RecurrentCell)] { [("gru_cell", GRUCell(configuration))] }
}
