import Protocol

/// The input `n` times (keras/src/layers/reshaping/repeat_vector.py).
///
/// Input `[batch, features]`, output `[batch, n, features]`.
struct RepeatVector: GatheringLayer {
    static let className = "RepeatVector"
    static let arguments: [Argument] = Argument.layer + [.integer("n")] + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func outputShape(for input: Shape) throws -> Shape {
        try input.require(rank: 2, for: name)
        return Shape([input[0], configuration.integer("n"), input[1]])
    }

    func gathering(for input: [Int]) throws -> Gathering {
        try Gathering(from: input, to: [configuration.integer("n")] + input, trailing: 1) { _ in [] }
    }
}
