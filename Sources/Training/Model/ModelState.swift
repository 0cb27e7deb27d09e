import Kernels
import Protocol

/// All that a model has learnt, between two jobs.
public struct ModelState: Sendable, Hashable {
    /// The weights, in Keras's `get_weights()` order.
    public var weights: [Variable]
    /// Variables that live from batch to batch, such as recurrent states.
    public var states: [Variable]
    /// The optimizer's slots; nil before the first fit after a compile.
    public var optimizer: OptimizerState?

    /// A state of these parts.
    public init(weights: [Variable], states: [Variable] = [], optimizer: OptimizerState? = nil) {
        self.weights = weights
        self.states = states
        self.optimizer = optimizer
    }

    /// The same, with the values that are lent copied.
    public var copied: ModelState {
        var state = ModelState(
            weights: weights.map(\.copied), states: states.map(\.copied), optimizer: optimizer)
        state.optimizer?.slots = optimizer?.slots.map(\.copied) ?? []
        return state
    }
}

/// What an optimizer keeps from step to step.
public struct OptimizerState: Sendable, Hashable {
    /// Steps taken.
    public var iterations: Int
    /// The learning rate in force, where a callback has changed it.
    public var learningRate: Float?
    /// The slots, each laid out as the optimizer lays them out.
    public var slots: [Variable]

    /// A state of these parts.
    public init(iterations: Int, learningRate: Float?, slots: [Variable]) {
        self.iterations = iterations
        self.learningRate = learningRate
        self.slots = slots
    }
}

extension Sequential {
    /// The weights that the initializers give; the same for the same definition and seed. The model is built.
    public func initialState() throws(Problem) -> ModelState {
        var weights: [Variable] = []
        for (index, description) in self.weights.enumerated() {
            weights.append(try initialVariable(description, index: index))
        }
        return ModelState(weights: weights, states: zeroStates)
    }

    /// Throws what `initialState` would throw, and draws nothing.
    public func checkInitializers() throws(Problem) {
        for description in weights {
            try Self.reporting(description.path) {
                try description.initializer.check(shape: description.shape)
            }
        }
    }

    /// Recurrent states as they are before any batch.
    public var zeroStates: [Variable] {
        states.map {
            Variable(
                path: $0.path, shape: $0.shape, values: Array(repeating: 0, count: $0.shape.reduce(1, *)))
        }
    }

    private func initialVariable(_ description: WeightDescription, index: Int) throws(Problem) -> Variable {
        let count = description.shape.reduce(1, *)
        var values = [Float](repeating: 0, count: count)
        try Self.reporting(description.path) {
            try values.withUnsafeMutableBufferPointer { buffer in
                try description.initializer.fill(
                    buffer, shape: description.shape,
                    stream: definition.seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(index))
            }
        }
        return Variable(path: description.path, shape: description.shape, values: values)
    }

    private static func reporting(_ path: String, _ body: () throws -> Void) throws(Problem) {
        do {
            try body()
        } catch let error as ArgumentError {
            throw Problem(
                .unprocessable, "\(path): \(error.detail ?? "its initializer does not fit its shape.")")
        } catch {
            throw Problem(.unprocessable, "The initializer of \(path) does not fit its shape.")
        }
    }
}
