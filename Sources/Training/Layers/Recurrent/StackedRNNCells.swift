import Protocol

/// Cells that run one after the other at each step, as the cell of an RNN
/// (keras/src/layers/rnn/stacked_rnn_cells.py).
struct StackedRNNCells: Layer {
    static let className = "StackedRNNCells"
    static let arguments: [Argument] =
        Argument.layer + [Argument("cells", .cells)] + Argument.layerBehaviour

    let configuration: Arguments
    let cells: [any RecurrentCell]

    init(_ arguments: Arguments) throws {
        configuration = arguments
        let layers = arguments.layers("cells")
        cells = layers.compactMap { $0 as? any RecurrentCell }
        guard cells.count == layers.count, !cells.isEmpty else {
            throw ArgumentError("cells", "cells is a list of LSTMCell, GRUCell or SimpleRNNCell.")
        }
    }

    func outputShape(for input: Shape) throws -> Shape {
        throw ShapeError("\(name) is the step of a recurrent layer; put it into one: RNN with this cell.")
    }

    func makeOperation(_ site: Site) throws -> Operation {
        throw ShapeError("\(name) is the step of a recurrent layer.")
    }
}
