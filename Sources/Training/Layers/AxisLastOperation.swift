import Kernels

/// An operation on arrays whose channels are the last axis, run on arrays that have them on another: input and output
/// are turned around.
final class AxisLastOperation: Operation {
    private let outerInput: Tensor
    private let outerOutput: Tensor
    private let innerInput: Tensor
    private let innerOutput: Tensor
    private let inner: Operation
    /// Runs of a sample that are turned each by itself: the sizes between the batch and the axis.
    private let runs: Int

    /// Builds the operation that `make` gives for a site whose arrays have the channels last; `axis` counts the batch.
    init(_ site: Site, axis: Int, make: (Site) throws -> Operation) throws {
        outerInput = site.input
        outerOutput = site.output
        runs = site.input.shape[1..<axis].reduce(1, *)
        innerInput = try site.tensor(Self.turned(site.input.shape, axis))
        innerOutput = try site.tensor(Self.turned(site.output.shape, axis))
        inner = try make(
            Site(
                input: innerInput, output: innerOutput, weights: site.weights, states: site.states,
                isTraining: site.isTraining, stream: site.stream, arena: site.arena, scratch: site.scratch))
    }

    private static func turned(_ shape: [Int], _ axis: Int) -> [Int] {
        shape[..<axis] + shape[(axis + 1)...] + [shape[axis]]
    }

    override func forward(_ step: Step) {
        turnIn(outerInput.values, to: innerInput.values, innerInput, rows: step.rows)
        inner.forward(step)
        turnOut(innerOutput.values, to: outerOutput.values, innerOutput, rows: step.rows)
    }

    override func backward(_ step: Step) {
        guard let outerGradient = outerOutput.gradient, let innerGradient = innerOutput.gradient else {
            return
        }
        turnIn(outerGradient, to: innerGradient, innerOutput, rows: step.rows)
        inner.backward(step)
        if let gradient = outerInput.gradient, let turned = innerInput.gradient {
            turnOut(turned, to: gradient, innerInput, rows: step.rows)
        }
    }

    private func turnIn(
        _ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, _ tensor: Tensor, rows: Int
    ) {
        let channels = tensor.shape[tensor.shape.count - 1]
        let count = tensor.rowCount / runs
        for run in 0..<rows * runs {
            transpose(
                source + run * count, rows: channels, columns: count / channels, to: target + run * count)
        }
    }

    private func turnOut(
        _ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, _ tensor: Tensor, rows: Int
    ) {
        let channels = tensor.shape[tensor.shape.count - 1]
        let count = tensor.rowCount / runs
        for run in 0..<rows * runs {
            transpose(
                source + run * count, rows: count / channels, columns: channels, to: target + run * count)
        }
    }
}
