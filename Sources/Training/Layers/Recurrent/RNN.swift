import Protocol

/// A cell, or several in a `StackedRNNCells`, over the steps of the input (keras/src/layers/rnn/rnn.py).
struct RNN: RecurrentLayer {
    static let className = "RNN"
    static let arguments: [Argument] =
        Argument.layer + Argument.recurrence + [Argument("cell", .layer)] + Argument.recurrentLegacy
        + Argument.layerBehaviour

    let configuration: Arguments
    let cells: [(path: String, cell: any RecurrentCell)]

    var freezesWeights: Bool { false }

    init(_ arguments: Arguments) throws {
        try Self.check(arguments)
        configuration = arguments
        switch arguments.layer("cell") {
        case let stack as StackedRNNCells:
            cells = stack.cells.map { ("\(stack.name)/\($0.name)", $0) }
        case let cell as any RecurrentCell:
            cells = [(cell.name, cell)]
        default:
            throw ArgumentError(
                "cell", "cell is an LSTMCell, GRUCell, SimpleRNNCell, or a StackedRNNCells of them.")
        }
    }
}
