import Kernels
import Protocol

/// Keras's `evaluate`: loss and metrics over data, in inference mode.
public final class Evaluation {
    private let data: TrainingData
    private let batchSize: Int
    private let steps: Int?
    private let plan: Plan
    private let scoring: Scoring
    private let penalties: WeightPenalties
    private let step: Step
    private let variables: Variables

    /// Lays out an evaluation of variables that a fit trains.
    init(
        _ model: Sequential, _ compilation: Compilation, variables: Variables, penalties: WeightPenalties,
        data: TrainingData, batchSize: Int, steps: Int?, team: ThreadTeam, arena: Arena
    ) throws {
        guard let y = data.y else {
            throw Problem.fault(JSONPointer.root.appending("y"), "Targets are needed: give y.")
        }
        var data = data
        data.x = DataCheck.fitted(data.x, to: model)
        try DataCheck.rows(data)
        try DataCheck.inputs(data.x, for: model, batchSize: batchSize)
        let rows = min(batchSize, data.x.samples)
        self.data = data
        self.batchSize = batchSize
        self.steps = steps
        self.penalties = penalties
        self.variables = variables
        step = Step(team: team)
        plan = try Plan(
            model, variables: variables, shape: data.x.batchShape(rows), isTraining: false,
            threads: team.threads, arena: arena)
        scoring = try Scoring(
            compilation, plan: plan, target: y.batchShape(rows),
            weightShape: data.sampleWeight?.batchShape(rows),
            trains: false, arena: arena)
    }

    /// Lays out an evaluation of a model's state; a problem tells what does not fit.
    public convenience init(
        model: Sequential, compilation: Compilation, state: ModelState, data: TrainingData,
        batchSize: Int = 32,
        steps: Int? = nil, runtime: Runtime
    ) throws(Problem) {
        do {
            let arena = try Arena(limit: runtime.memoryLimit)
            let variables = try Variables(model, trains: false, arena: arena)
            variables.load(state)
            try self.init(
                model, compilation, variables: variables, penalties: try WeightPenalties(variables),
                data: data,
                batchSize: batchSize, steps: steps, team: ThreadTeam(threads: runtime.threads), arena: arena)
        } catch let problem as Problem {
            throw problem
        } catch let error as ShapeError {
            throw .fault(JSONPointer.root.appending("y"), error.detail)
        } catch {
            throw Problem(.unprocessable, "The model cannot be evaluated on this data.")
        }
    }

    /// Batches that it runs over.
    var batches: Int {
        let whole = (data.x.samples + batchSize - 1) / batchSize
        return min(steps ?? whole, whole)
    }

    /// Runs over the data; nil when asked to stop. `progress` hears of batches done and to do.
    public func run(stop: StopSignal, progress: (Int, Int) -> Void = { _, _ in }) -> Logs? {
        scoring.reset()
        let count = batches
        for batch in 0..<count {
            if stop.request != .none { return nil }
            let start = batch * batchSize
            let rows = min(batchSize, data.x.samples - start)
            data.x.read(from: start, rows: rows, to: plan.input.values)
            data.y?.read(from: start, rows: rows, to: scoring.target)
            if let weights = scoring.sampleWeights {
                data.sampleWeight?.read(from: start, rows: rows, to: weights)
            }
            step.rows = rows
            Subnormals.flushed {
                plan.forward(step)
                scoring.update(rows: rows, addedLoss: step.addedLoss + penalties.value)
            }
            progress(batch + 1, count)
        }
        return scoring.logs
    }

    /// The recurrent states as the evaluation leaves them.
    public var states: [Variable] { variables.currentStates }
}
