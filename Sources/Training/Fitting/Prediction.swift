import Kernels
import Protocol

/// Keras's `predict`: the outputs for data, batch by batch, in inference mode.
public final class Prediction {
    private let x: DataArray
    private let batchSize: Int
    private let plan: Plan
    private let step: Step
    private let variables: Variables
    /// The shape of all outputs together.
    public let outputShape: [Int]

    /// Lays out a prediction; a problem tells what does not fit.
    public init(
        model: Sequential, state: ModelState, x: DataArray, batchSize: Int = 32, runtime: Runtime
    ) throws(Problem) {
        let x = DataCheck.fitted(x, to: model)
        try DataCheck.inputs(x, for: model, batchSize: batchSize)
        self.x = x
        self.batchSize = batchSize
        let arena = try Arena(limit: runtime.memoryLimit)
        variables = try Variables(model, trains: false, arena: arena)
        variables.load(state)
        let team = ThreadTeam(threads: runtime.threads)
        step = Step(team: team)
        let rows = min(batchSize, x.samples)
        plan = try Plan(
            model, variables: variables, shape: x.batchShape(rows), isTraining: false, threads: team.threads,
            arena: arena)
        outputShape = [x.samples] + plan.output.shape.dropFirst()
    }

    /// Hands the outputs to `sink` in the samples' order, some rows at a time; false when asked to stop.
    public func run(stop: StopSignal, sink: (UnsafeBufferPointer<Float>) throws -> Void) rethrows -> Bool {
        var start = 0
        while start < x.samples {
            if stop.request != .none { return false }
            let rows = min(batchSize, x.samples - start)
            x.read(from: start, rows: rows, to: plan.input.values)
            step.rows = rows
            Subnormals.flushed { plan.forward(step) }
            try sink(UnsafeBufferPointer(start: plan.output.values, count: rows * plan.output.rowCount))
            start += rows
        }
        return true
    }

    /// The recurrent states as the prediction leaves them.
    public var states: [Variable] { variables.currentStates }
}
