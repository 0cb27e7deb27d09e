import Protocol

/// What goes into the activation that a model's output comes from.
struct Logits {
    let values: UnsafeMutablePointer<Float>
    let activation: Activation
}

/// A model laid out for batches of one shape: every operation with its buffers, ready to run.
final class Plan {
    let input: Tensor
    let output: Tensor
    private let operations: [Operation]
    /// Where the buffers lie; it lives as long as they are used.
    private let arena: Arena

    /// Lays out a model for batches of `shape`, the most rows first.
    init(
        _ model: Sequential, variables: Variables, shape: [Int], isTraining: Bool, threads: Int, arena: Arena
    ) throws(Problem) {
        let scratch = ScratchSpace(threads: threads)
        self.arena = arena
        guard let count = shape.checkedProduct else {
            throw Problem(.unprocessable, "A batch of shape \(Shape(shape)) does not fit in memory.")
        }
        input = Tensor(shape: shape, values: try arena.take(count), gradient: nil)
        do {
            let site = Site(
                input: input, output: input, weights: variables.weights, states: variables.states,
                isTraining: isTraining, stream: 0, arena: arena, scratch: scratch)
            let placed = try model.stack.place(site)
            operations = placed.operations
            output = placed.output
        } catch let problem as Problem {
            throw problem
        } catch let error as ShapeError {
            throw Problem(.unprocessable, error.detail)
        } catch {
            throw Problem(
                .unprocessable, "The model cannot be laid out for batches of shape \(Shape(shape)).")
        }
        try scratch.take(from: arena)
    }

    /// Runs the layers first to last on the rows that stand in the input.
    func forward(_ step: Step) {
        step.addedLoss = 0
        for operation in operations { operation.forward(step) }
    }

    /// Runs the layers last to first from the gradient that stands in the output.
    func backward(_ step: Step) {
        var index = operations.count
        while index > 0 {
            index -= 1
            operations[index].backward(step)
        }
    }

    /// The values before the last activation, if the stack ends in one of these.
    ///
    /// Reshaped outputs do not count: Keras loses sight of their logits too.
    func logits(ofOneOf activations: [Activation]) -> Logits? {
        for activation in activations {
            if let values = operations.last?.valuesBefore(activation, of: output) {
                return Logits(values: values, activation: activation)
            }
        }
        return nil
    }

    /// From now on `backward` takes the output's gradient as that of what `logits` gave.
    func startBackwardAtLogits() { operations.last?.startBackwardBeforeActivation() }
}
