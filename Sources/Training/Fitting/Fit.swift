import Kernels
import OrderedCollections
import Protocol

/// Keras's `fit`: trains a model on data, epoch after epoch.
///
/// Made once for one run. `init` checks everything and lays out all memory; `run` allocates nothing in a step.
public final class Fit {
    /// The model, built for the data.
    public let model: Sequential
    private let options: FitOptions
    private let training: TrainingData
    private let validation: Evaluation?
    private let arena: Arena
    private let variables: Variables
    private let penalties: WeightPenalties
    private let optimization: Optimization
    private let plan: Plan
    private let scoring: Scoring
    private let step: Step
    private let callbacks: [CallbackRun]
    private let classWeight: ClassWeight?
    private var order: BatchOrder
    private var history = FitHistory()
    private var notes: [String] = []
    /// What to know of data that are larger than memory.
    private let dataNote: String?
    private var nextEpoch: Int
    private var checkpointTicker: Ticker
    /// Who is told, while it runs.
    private var observer: (any FitObserver)?

    /// Notes of one epoch that are kept.
    private static let mostNotes = 1000

    /// Set by callbacks to end the fit.
    package var stopsTraining = false

    /// Checks that model, compilation, data and options fit together and lays out the memory; a problem tells what
    /// does not fit. `state` is the model's, or nil to begin from its initial weights.
    public init(
        model: Sequential, compilation: Compilation, state: ModelState?, data: TrainingData,
        options: FitOptions,
        runtime: Runtime
    ) throws(Problem) {
        guard let y = data.y else {
            throw .fault(JSONPointer.root.appending("y"), "fit needs targets: give y.")
        }
        try DataCheck.rows(data)
        let model = try model.built(for: Shape(data.x.shape))
        guard model.isBuilt else { throw Problem(.conflict, "The model has no layers; add some first.") }
        let fitted = TrainingData(
            x: DataCheck.fitted(data.x, to: model), y: data.y, sampleWeight: data.sampleWeight)
        let (training, held) = try Self.split(fitted, options)
        try DataCheck.inputs(training.x, for: model, batchSize: options.batchSize)
        self.model = model
        self.options = options
        self.training = training
        dataNote = LargeData.note(fitted, options, memory: runtime.memory)
        nextEpoch = options.initialEpoch
        checkpointTicker = Ticker(seconds: runtime.checkpointSeconds ?? .infinity, start: 0)
        arena = try Arena(limit: runtime.memoryLimit)
        let team = ThreadTeam(threads: runtime.threads)
        step = Step(team: team)
        step.seed = options.seed
        do {
            variables = try Variables(model, trains: true, arena: arena)
            penalties = try WeightPenalties(variables)
            let rows = min(options.batchSize, training.x.samples)
            order = try BatchOrder(
                training.x, y: training.y, options, isLarge: dataNote != nil, arena: arena)
            plan = try Plan(
                model, variables: variables, shape: training.x.batchShape(rows), isTraining: true,
                threads: team.threads, arena: arena)
            classWeight = try ClassWeight(options.classWeight, data: training)
            let weightShape = classWeight == nil ? training.sampleWeight?.batchShape(rows) : [rows]
            scoring = try Scoring(
                compilation, plan: plan, target: y.batchShape(rows), weightShape: weightShape, trains: true,
                arena: arena)
            optimization = try Optimization(
                compilation.optimizer, variables, penalties, arena: arena, team: team)
            if let data = options.validationData ?? held {
                validation = try Evaluation(
                    model, compilation, variables: variables, penalties: penalties, data: data,
                    batchSize: options.validationBatchSize ?? options.batchSize,
                    steps: options.validationSteps,
                    team: team, arena: arena)
            } else {
                validation = nil
            }
            callbacks = try CallbackReading.read(
                options.callbacks,
                for: CallbackSite(
                    directions: scoring.directions, metrics: scoring.metricNames,
                    hasSchedule: optimization.hasSchedule, keepsAverages: optimization.keepsAverages,
                    validatesAlways: validation != nil && options.validatesAlways,
                    remoteMonitors: options.remoteMonitors))
        } catch let problem as Problem {
            throw problem
        } catch let error as ShapeError {
            throw .fault(JSONPointer.root.appending("y"), error.detail)
        } catch {
            throw Problem(.unprocessable, "The model cannot be trained on this data.")
        }
        if let state { load(state) } else { load(try model.initialState()) }
    }

    /// The last part of the data, if a share is asked for and no validation data is given.
    private static func split(
        _ data: TrainingData, _ options: FitOptions
    ) throws(Problem) -> (TrainingData, TrainingData?) {
        guard options.validationSplit > 0, options.validationData == nil else { return (data, nil) }
        let samples = data.x.samples
        let kept = options.trainingSamples(of: samples)
        guard kept > 0, kept < samples else {
            throw .fault(
                JSONPointer.root.appending("validation_split"),
                "\(options.validationSplit) of \(samples) samples leaves none to train or none to validate on."
            )
        }
        return (data.slice(0..<kept), data.slice(kept..<samples))
    }

    private func load(_ state: ModelState) {
        variables.load(state)
        if let optimizer = state.optimizer { optimization.load(optimizer) }
    }

    /// Bytes that the fit takes, besides the data.
    public var memory: Int { arena.used }

    /// Batches of an epoch.
    public var steps: Int { order.steps }

    /// The names of the figures that a batch gives, `loss` first.
    public var logNames: [String] { Array(scoring.logs.keys) }

    /// Trains until the epochs are over, a callback ends it, or it is asked to stop.
    public func run(resuming checkpoint: FitCheckpoint? = nil, stop: StopSignal, observer: any FitObserver)
        -> FitOutcome
    {
        self.observer = observer
        defer { self.observer = nil }
        return Subnormals.flushed { train(resuming: checkpoint, stop: stop, observer: observer) }
    }

    private func train(resuming checkpoint: FitCheckpoint?, stop: StopSignal, observer: any FitObserver)
        -> FitOutcome
    {
        if let dataNote { observer.noted(dataNote) }
        if let checkpoint { restore(checkpoint) } else { callbacks.forEach { $0.trainBegan(self) } }
        checkpointTicker.restart(at: Clock.seconds)
        var partial = checkpoint?.partialEpoch
        var ending = FitOutcome.Ending.finished
        while nextEpoch < options.epochs, !stopsTraining {
            guard runEpoch(nextEpoch, from: partial, stop: stop, observer: observer) else {
                ending = stop.request == .pause ? .paused : .cancelled
                break
            }
            partial = nil
            nextEpoch += 1
        }
        if ending == .finished {
            if options.epochs > 0 { optimization.finish() }
            callbacks.forEach { $0.trainEnded(self) }
        }
        // What was said before a pause is in the checkpoint.
        if ending != .paused { passNotes(to: observer) }
        return FitOutcome(
            ending: ending, state: lentState, history: history, epochsRun: nextEpoch - options.initialEpoch)
    }

    /// One epoch with its validation, or what is left of it; false when it was stopped in the middle.
    private func runEpoch(
        _ epoch: Int, from partial: PartialEpoch?, stop: StopSignal, observer: any FitObserver
    ) -> Bool {
        let began = Clock.seconds - (partial?.seconds ?? 0)
        observer.epochBegan(epoch, step: partial?.step ?? 0)
        if let partial {
            scoring.state = partial.figures
            notes = partial.notes
        } else {
            callbacks.forEach { $0.epochBegan(epoch, self) }
            scoring.reset()
            order.beginEpoch()
        }
        let first = partial?.step ?? 0
        guard let taken = runBatches(epoch, from: first, began: began, stop: stop, observer: observer) else {
            return false
        }
        var logs = scoring.logs
        if let validation, options.validationFrequency.includes(epoch) {
            callbacks.forEach { $0.testBegan(self) }
            guard let figures = validation.run(stop: stop) else { return false }
            callbacks.forEach { $0.testEnded(self) }
            for (name, value) in figures { logs["val_\(name)"] = value }
        }
        for callback in callbacks { callback.epochEnded(epoch, &logs, self) }
        history.append(epoch: epoch, logs)
        passNotes(to: observer)
        let ended = Clock.seconds
        let isLast = stopsTraining || epoch + 1 >= options.epochs
        observer.epochEnded(
            EndedEpoch(epoch: epoch, logs: logs, steps: taken, seconds: ended - began, isLast: isLast)
        ) { self.checkpoint(nextEpoch: epoch + 1) }
        checkpointTicker.restart(at: ended)
        return true
    }

    /// The batches of an epoch behind the first ones; how many it then has had, or nil when it was stopped.
    private func runBatches(
        _ epoch: Int, from first: Int, began: Double, stop: StopSignal, observer: any FitObserver
    ) -> Int? {
        let watchers = callbacks.filter(\.watchesBatches)
        var progressTicker = Ticker(seconds: 0.1, start: Clock.seconds)
        var taken = first
        while true {
            let isOver = stopsTraining || taken >= order.steps || !order.hasNext
            let now = Clock.seconds
            let isPausing = stop.request == .pause
            // Where a callback has ended the epoch, its end comes first.
            if taken > first, !stopsTraining, isPausing || checkpointTicker.isDue(at: now) {
                observer.checkpointIsDue(epoch: epoch, step: taken) {
                    self.checkpoint(nextEpoch: epoch, step: taken, seconds: now - began)
                }
            }
            if taken > first, progressTicker.isDue(at: now) {
                observer.progressed(
                    FitProgress(epoch: epoch, step: taken, steps: order.steps, logs: scoring.logs))
            }
            if isOver { return taken }
            if stop.request != .none { return nil }
            trainBatch()
            taken += 1
            for watcher in watchers { watcher.batchEnded(loss: scoring.meanLoss, self) }
        }
    }

    /// One step: a batch forward and backward, and the update.
    private func trainBatch() {
        let (start, rows) = order.next()
        order.prefetch(start: start)
        order.read(training.x, start: start, rows: rows, to: plan.input.values)
        if let y = training.y { order.read(y, start: start, rows: rows, to: scoring.target) }
        if let weights = scoring.sampleWeights {
            if let classWeight {
                classWeight.write(targets: scoring.target, rows: rows, to: weights)
            } else if let sampleWeight = training.sampleWeight {
                order.read(sampleWeight, start: start, rows: rows, to: weights)
            }
        }
        step.rows = rows
        step.isTraining = true
        step.iteration = UInt64(optimization.iterations)
        plan.forward(step)
        scoring.update(rows: rows, addedLoss: step.addedLoss + penalties.value)
        scoring.writeGradient(rows: rows)
        plan.backward(step)
        optimization.step()
    }

    private func passNotes(to observer: any FitObserver) {
        for note in notes { observer.noted(note) }
        notes.removeAll()
    }

    /// The model as it is now, where it lies.
    private var lentState: ModelState {
        ModelState(
            weights: variables.lentWeights, states: variables.lentStates, optimizer: optimization.lentState)
    }

    /// All that is needed to go on with an epoch as if nothing had happened.
    private func checkpoint(nextEpoch: Int) -> FitCheckpoint {
        FitCheckpoint(
            state: lentState.copied, nextEpoch: nextEpoch, batchesTaken: order.taken, passesBegun: order.pass,
            history: history,
            callbacks: callbacks.map(\.memory), stopsTraining: stopsTraining)
    }

    /// The same in the midst of an epoch.
    private func checkpoint(nextEpoch: Int, step: Int, seconds: Double) -> FitCheckpoint {
        var checkpoint = checkpoint(nextEpoch: nextEpoch)
        checkpoint.partialEpoch = PartialEpoch(
            step: step, seconds: seconds, figures: scoring.state, notes: notes)
        return checkpoint
    }

    private func restore(_ checkpoint: FitCheckpoint) {
        load(checkpoint.state)
        nextEpoch = checkpoint.nextEpoch
        history = checkpoint.history
        stopsTraining = checkpoint.stopsTraining
        order.restore(taken: checkpoint.batchesTaken, pass: checkpoint.passesBegun)
        for (callback, memory) in zip(callbacks, checkpoint.callbacks) { callback.memory = memory }
    }
}

extension Fit: FitControl {
    package var epochs: Int { options.epochs }

    package var learningRate: Float? {
        get { optimization.hasSchedule ? nil : optimization.learningRate }
        set { if !optimization.hasSchedule { optimization.learningRateOverride = newValue } }
    }

    package var currentLearningRate: Float { optimization.learningRate }

    package var iterations: Int { optimization.iterations }

    package var validationBatches: Int { validation?.batches ?? 0 }

    package var modelName: String { model.definition.name }

    package var modelConfig: JSONValue { model.kerasConfig }

    package var weights: [[Float]] {
        get { variables.currentWeights.map(\.values) }
        set {
            let descriptions = model.weights
            variables.load(
                ModelState(
                    weights: zip(descriptions, newValue).map {
                        Variable(path: $0.path, shape: $0.shape, values: $1)
                    },
                    states: variables.currentStates))
        }
    }

    package func exchangeAveragedWeights() -> Bool { optimization.exchangeAverages() }

    package func copyWeightsToAverages() { optimization.copyWeightsToAverages() }

    package var namedWeights: [Variable] { variables.currentWeights }

    package var figures: Logs { scoring.logs }

    package func note(_ text: String) {
        if notes.count < Self.mostNotes { notes.append(text) }
    }

    package func hand(_ output: FitOutput) { observer?.handed(output) }
}
