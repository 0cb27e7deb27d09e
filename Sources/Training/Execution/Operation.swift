/// What a step knows about itself.
package final class Step {
    /// Samples in the batch at hand.
    package var rows = 0
    /// How many rows stand for one sample, where steps are run as rows.
    var rowsPerSample = 1
    /// Whether the pass trains: dropout drops, batch statistics are used.
    package var isTraining = false
    /// The key of all randomness of the fit.
    package var seed: UInt64 = 0
    /// The number of training steps that the model had seen before this one.
    package var iteration: UInt64 = 0
    /// What layers add to the loss in a pass, such as activity regularization.
    var addedLoss: Double = 0
    /// The threads that share the work.
    let team: ThreadTeam

    package init(team: ThreadTeam) { self.team = team }
}

/// A layer's work on buffers laid out for it. The plan calls `forward` first to last and `backward` last to first.
///
/// `forward` reads the input's values and writes the output's. `backward` reads the output's gradient, writes the
/// gradients of the weights, and the input's gradient where there is one; it may overwrite the output's gradient.
package class Operation {
    package func forward(_ step: Step) {}
    package func backward(_ step: Step) {}

    /// Where the values before the last activation are kept, for losses and metrics that look at them; nil when the
    /// operation does not fill `tensor` by this activation.
    package func valuesBefore(_ activation: Activation, of tensor: Tensor) -> UnsafeMutablePointer<Float>? {
        nil
    }

    /// From now on `backward` takes the output's gradient as that of what `valuesBefore` gave.
    package func startBackwardBeforeActivation() {}
}

/// A variable's place in memory.
package struct WeightSlot {
    package let shape: [Int]
    package let values: UnsafeMutablePointer<Float>
    /// Where its gradient goes; nil for a weight that is not trained.
    package let gradient: UnsafeMutablePointer<Float>?
    /// Of a table whose rows are looked up, those that have a gradient; nil for other variables.
    var touchedRows: TouchedRows?

    package var count: Int { shape.reduce(1, *) }

    /// A variable in a place of its own.
    package init(
        shape: [Int], values: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>?
    ) {
        self.shape = shape
        self.values = values
        self.gradient = gradient
    }
}
