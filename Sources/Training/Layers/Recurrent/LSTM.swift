import Protocol

/// Long short-term memory over the steps of the input (keras/src/layers/rnn/lstm.py); see `LSTMCell` for the formula
/// and the weights, `RecurrentLayer` for the shapes.
struct LSTM: RecurrentLayer {
    static let className = "LSTM"
    static let arguments: [Argument] =
        Argument.layer + Argument.recurrence + [
            .integer("units", aliases: ["output_dim"]),
            .activation(default: "tanh"),
            .activation("recurrent_activation", default: "sigmoid"),
            .boolean("use_bias", default: true),
            .initializer("kernel_initializer", default: "glorot_uniform"),
            .initializer("recurrent_initializer", default: "orthogonal"),
            .initializer("bias_initializer", default: "zeros"),
            .boolean("unit_forget_bias", default: true),
        ] + Argument.recurrentPenalties + Argument.cellDropout + [.randomSeed] + Argument.recurrentLegacy

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        try Self.check(arguments)
        configuration = arguments
    }

    var cells: [(path: String, cell: any RecurrentCell)] { [("lstm_cell", LSTMCell(configuration))] }
}

extension Argument {
    /// The regularizers and constraints of a recurrent layer.
    static let recurrentPenalties: [Argument] = [
        .regularizer("kernel_regularizer"),
        .regularizer("recurrent_regularizer"),
        .regularizer("bias_regularizer"),
        .regularizer("activity_regularizer"),
        .constraint("kernel_constraint"),
        .constraint("recurrent_constraint"),
        .constraint("bias_constraint"),
    ]
}
