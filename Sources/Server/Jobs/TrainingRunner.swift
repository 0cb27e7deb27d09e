import Protocol
import Training

/// Compiles, fits, evaluates and predicts: what jobs ask of models.
public struct TrainingRunner: JobRunner {
    /// What one job takes of the machine.
    let runtime: Runtime
    /// Counts what is trained.
    let samples: SampleCounter
    /// Where `RemoteMonitor` may send figures.
    let remoteMonitors: [RemoteRoot]

    /// A runner whose jobs take this much each.
    public init(
        runtime: Runtime, samples: SampleCounter = SampleCounter(), remoteMonitors: [RemoteRoot] = []
    ) {
        self.runtime = runtime
        self.samples = samples
        self.remoteMonitors = remoteMonitors
    }

    /// Runs one job to its end, or to where it is asked to stop.
    public func run(_ job: Job, _ context: JobContext) throws -> JobOutcome {
        switch job.type {
        case .compile: try compile(job, context)
        case .fit: try fit(job, context)
        case .evaluate: try evaluate(job, context)
        case .predict: try predict(job, context)
        }
    }

    /// Keras's `compile`: the optimizer begins anew, the weights stay.
    private func compile(_ job: Job, _ context: JobContext) throws -> JobOutcome {
        let compilation = try Compilation.recent(context.request())
        var change = ModelChange(compile: .set(compilation.json))
        let state = try context.store.modelState(job.modelID)?.withUnsafeBytes { bytes in
            let reader = try StateReader(bytes)
            return reader.hasOptimizer ? try reader.stateWithoutOptimizer() : nil
        }
        if let state { try context.store.set(StateArchive(state), in: &change) }
        return .succeeded(model: change)
    }

    private func fit(_ job: Job, _ context: JobContext) throws -> JobOutcome {
        let loaded = try LoadedModel(job.modelID, context.store, trains: true)
        // The request, which may be big, is gone when the fit begins.
        let found = try FitData(
            FitRequest(reading: context.request()), RequestArrays(context.store, held: job.datasets))
        let fit = try Fit(
            model: loaded.sequential, compilation: try loaded.compilation(), state: loaded.state,
            data: found.data, options: found.options, runtime: runtime)
        context.begin(
            epochs: found.options.epochs, initialEpoch: found.options.initialEpoch, steps: fit.steps,
            batchSize: found.options.batchSize, logNames: fit.logNames.sorted())
        let reports = ReportSender(remoteMonitors)
        defer { reports.close() }
        let reporter = FitReporter(
            context, samples: samples, batchSize: found.options.batchSize, reports: reports)
        let checkpoint = try context.checkpoint.map { checkpoint in
            try withExtendedLifetime(checkpoint) { try FitCheckpoint(archive: checkpoint.bytes) }
        }
        let outcome = fit.run(resuming: checkpoint, stop: context.stop.signal, observer: reporter)
        try reporter.check()
        let isPaused = outcome.ending == .paused && context.stop.request != .cancel
        if isPaused { return .paused }
        let notes = try reporter.finish()
        var change = ModelChange()
        try context.store.set(StateArchive(outcome.state), in: &change)
        if !loaded.sequential.isBuilt { change.definition = fit.model.definition.json }
        var end = JobOutcome.cancelled(model: change, notes: notes)
        if outcome.ending == .finished {
            let last = context.history.epochs.last?.logs ?? [:]
            end = .succeeded(
                ["epochs_run": .integer(Int64(outcome.epochsRun)), "logs": .object(last)],
                model: change, notes: notes)
        }
        end.held = [loaded.state, outcome.state, found.data]
        return end
    }

    private func evaluate(_ job: Job, _ context: JobContext) throws -> JobOutcome {
        let request = try EvaluateRequest(reading: context.request())
        let found = try EvaluationData(request, RequestArrays(context.store, held: job.datasets))
        let turn = ModelTurn(model: job.modelID, store: context.store, runtime: runtime)
        let reporter = StepReporter(context)
        let result = try turn.evaluate(
            request, found.data, stop: context.stop.signal, progress: reporter.step)
        guard let (logs, states) = result else { return stopped(context) }
        return .succeeded(.object(logs), model: states)
    }

    private func predict(_ job: Job, _ context: JobContext) throws -> JobOutcome {
        let request = try PredictRequest(reading: context.request())
        let found = try PredictionData(request, RequestArrays(context.store, held: job.datasets))
        let turn = ModelTurn(model: job.modelID, store: context.store, runtime: runtime)
        let reporter = StepReporter(context)
        let result = try turn.predict(request, found.x, stop: context.stop.signal, progress: reporter.step)
        guard let (predictions, states) = result else { return stopped(context) }
        let staged = try context.store.stage([("predictions", predictions)])
        return .succeeded(
            ["predictions": .string(staged.id.description)], model: states, dataset: staged)
    }

    private func stopped(_ context: JobContext) -> JobOutcome {
        context.stop.request == .cancel ? .cancelled() : .paused
    }
}

/// Tells a job's steps that belong to no epoch.
private final class StepReporter {
    private let context: JobContext
    private var hasBegun = false

    init(_ context: JobContext) { self.context = context }

    func step(_ done: Int, of steps: Int) {
        if !hasBegun {
            hasBegun = true
            context.begin(epochs: 1, steps: steps, logNames: [])
        }
        // An event that cannot be written is one of the kind that readers may miss.
        try? context.endBatch(done, logs: UnsafeBufferPointer(start: nil, count: 0))
    }
}
