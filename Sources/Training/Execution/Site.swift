import Protocol

/// Where an operation is built: its tensors, its variables, and the memory it may take.
package struct Site {
    let input: Tensor
    let output: Tensor
    /// The layer's variables, in the order of `Layer.weights(for:)`.
    var weights: [WeightSlot]
    /// The layer's states, in the order of `Layer.states(for:)`.
    var states: [WeightSlot]
    /// Whether the plan trains, so that a backward pass follows.
    let isTraining: Bool
    /// What the layer's random numbers are keyed by: no other layer of the stack has the same.
    let stream: UInt32
    let arena: Arena
    let scratch: ScratchSpace

    /// A buffer that keeps its content from the forward to the backward pass.
    func buffer<Element: BitwiseCopyable>(_ count: Int, of type: Element.Type = Float.self) throws
        -> UnsafeMutablePointer<Element>
    {
        try arena.take(count, of: type)
    }

    /// Places a layer inside this one, on a tensor of its own: the operation and its output.
    func place(
        _ layer: any Layer, on input: Tensor, weights range: Range<Int>,
        states stateRange: Range<Int> = 0..<0, isPenalized: Bool = true,
        stream offset: UInt32
    ) throws -> Placement {
        try Placement(
            layer, on: input, weights: Array(weights[range]), states: Array(states[stateRange]),
            isTraining: isTraining, isPenalized: isPenalized, stream: stream &* 31 &+ offset &+ 1,
            arena: arena, scratch: scratch)
    }

    /// A tensor of the operation's own, with a gradient if the plan trains.
    func tensor(_ shape: [Int]) throws -> Tensor {
        try Tensor(shape: shape, isTraining: isTraining, arena: arena)
    }
}

/// Memory that operations use one after the other, each for the length of one pass.
package final class ScratchSpace {
    /// Threads that may work at once, each on a share of the space.
    let threads: Int
    private(set) var count = 0
    private var place: UnsafeMutablePointer<Float>?

    package init(threads: Int) { self.threads = threads }

    /// Asks for room for `wanted` elements, for all threads together.
    func need(_ wanted: Int) { count = max(count, wanted) }

    /// Takes the room that all operations have asked for.
    package func take(from arena: Arena) throws(Problem) { place = try arena.take(count) }

    /// The room; it is there once the plan is laid out.
    var values: UnsafeMutablePointer<Float> {
        guard let place else { fatalError("no scratch space yet") }  // safe: plans take it at once
        return place
    }
}
