import Protocol

/// A layer that runs cells over the steps of its input (keras/src/layers/rnn/rnn.py).
///
/// Input `[batch, steps, features]`, output `[batch, units]`, or `[batch, steps, units]` with `return_sequences`.
/// Masked steps keep the states and repeat the output before them, or give zeros with `zero_output_for_mask`.
/// `stateful` layers begin a batch with the states that the one before ended with, and have to know the batch's size.
protocol RecurrentLayer: Layer {
    /// The cells that run one after the other at each step, with their weights' path below the layer.
    var cells: [(path: String, cell: any RecurrentCell)] { get }
}

extension Argument {
    /// What every recurrent layer takes.
    static let recurrence: [Argument] = [
        .boolean("return_sequences", default: false),
        .boolean("return_state", default: false),
        .boolean("go_backwards", default: false),
        .boolean("stateful", default: false),
        .boolean("unroll", default: false),
        .boolean("zero_output_for_mask", default: false),
    ]

    /// What older versions took and what only chooses among equal ways to compute.
    static let recurrentLegacy: [Argument] = [
        .legacy("implementation", []), .legacy("use_cudnn", []), .legacy("time_major", [false]),
        .legacy("input_length", []), .legacy("input_dim", []),
    ]
}

extension RecurrentLayer {
    var returnsSequences: Bool { configuration.bool("return_sequences") }
    var isStateful: Bool { configuration.bool("stateful") }
    var goesBackwards: Bool { configuration.bool("go_backwards") }

    /// Refuses what a Sequential model cannot use.
    static func check(_ arguments: Arguments) throws {
        if arguments.bool("return_state") {
            throw ArgumentError(
                "return_state",
                "return_state gives further outputs beside the first, and a Sequential model has one; leave it false."
            )
        }
    }

    func weights(for input: Shape) throws -> [WeightDescription] {
        var shape = Shape([input[0], try input.size(2, for: name)])
        var result: [WeightDescription] = []
        for (path, cell) in cells {
            result += try cell.weights(for: shape).map {
                var inner = $0.inside(path)
                inner.isTrainable = inner.isTrainable && cell.isTrainable
                return inner
            }
            shape[1] = cell.stateSizes[0]
        }
        return result
    }

    func states(for input: Shape) throws -> [WeightDescription] {
        guard isStateful else { return [] }
        let batch = try batchSize(input)
        return cells.flatMap(\.cell.stateSizes).enumerated().map { index, size in
            WeightDescription(
                index == 0 ? "rnn_state" : "rnn_state_\(index)", [batch, size], Zeros(), trainable: false)
        }
    }

    func batchSize(_ input: Shape) throws -> Int {
        guard let batch = input[0] else {
            throw ShapeError(
                "\(name) is stateful and has to know the batch's size: give batch_size or batch_shape to the input."
            )
        }
        return batch
    }

    func outputShape(for input: Shape) throws -> Shape {
        try input.require(rank: 3, for: name)
        _ = try input.size(2, for: name)
        if isStateful { _ = try batchSize(input) }
        for (_, cell) in cells { try cell.checkActivations() }
        let units = cells.last?.cell.stateSizes[0]
        return Shape(returnsSequences ? [input[0], input[1], units] : [input[0], units])
    }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule { returnsSequences ? .pass : .none }

    func makeOperation(_ site: Site) throws -> Operation { try RecurrentOperation(self, site) }
}
