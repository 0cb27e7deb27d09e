import Protocol

/// A fully connected recurrence over the steps of the input (keras/src/layers/rnn/simple_rnn.py); see
/// `SimpleRNNCell` for the formula and the weights, `RecurrentLayer` for the shapes.
struct SimpleRNN: RecurrentLayer {
    static let className = "SimpleRNN"
    static let arguments: [Argument] =
        Argument.layer + Argument.recurrence + [
            .integer("units", aliases: ["output_dim"]),
            .activation(default: "tanh"),
            .boolean("use_bias", default: true),
            .initializer("kernel_initializer", default: "glorot_uniform"),
            .initializer("recurrent_initializer", default: "orthogonal"),
            .initializer("bias_initializer", default: "zeros"),
        ] + Argument.recurrentPenalties + Argument.cellDropout + [.hiddenSeed] + Argument.recurrentLegacy

    let configuration: Arguments

    /// Keras takes an activity regularizer here and forgets it.
    init(_ arguments: Arguments) throws {
        try Self.check(arguments)
        var arguments = arguments
        arguments.set("activity_regularizer", .null)
        configuration = arguments
    }

    var activityRegularizer: (any Regularizer)? { nil }

    var cells: [(path: String, cell: any RecurrentCell)] {
        [("simple_rnn_cell", SimpleRNNCell(configuration))]
    }
}

extension Argument {
    /// A seed that Keras takes and does not write.
    static let hiddenSeed = Argument(
        "seed", .integer(Int.min...Int.max), default: .null, hiddenWhenNull: true)
}
