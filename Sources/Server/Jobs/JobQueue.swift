import Dispatch
import Foundation
import Logging
import OrderedCollections
import Protocol
import Synchronization

/// What a client asks to have done.
public struct JobSubmission: Sendable {
    /// What to do.
    public var type: JobType
    /// The model to do it with.
    public var model: ModelID
    /// The body of the request.
    public var request: JSONValue
    /// The datasets it names, and their contents, which are kept until the job ends.
    public var datasets: OrderedDictionary<String, DatasetID>
    /// The seed, which fits 32 bits; nil to have one drawn.
    public var seed: Int?

    /// A submission.
    public init(
        type: JobType, model: ModelID, request: JSONValue,
        datasets: OrderedDictionary<String, DatasetID> = [:], seed: Int? = nil
    ) {
        self.type = type
        self.model = model
        self.request = request
        self.datasets = datasets
        self.seed = seed
    }
}

/// The jobs: accepted, in the order of their acceptance for each model, run on threads of the queue's own,
/// kept when they have ended.
///
/// One transaction accepts a job and one ends it. Between them its event log alone says how far it is, so
/// that running costs no sync.
public final class JobQueue: Sendable {
    enum Work: Sendable {
        case job(ActiveJob)
        case call(Call)
    }

    enum Phase: Sendable {
        case running, draining, stopped
    }

    struct State: Sendable {
        var schedule = Schedule<Work>()
        var active: [JobID: ActiveJob] = [:]
        /// Synchronous work that runs.
        var calls: [ObjectIdentifier: Call] = [:]
        var phase = Phase.running
        var threads = 0
    }

    let store: Store
    let runner: any JobRunner
    let logger: Logger
    let state = Mutex(State())
    /// Told when work ends, a thread stops, or the phase changes.
    let changed = Signal()
    private let workers: Int
    private let wakeUp = DispatchSemaphore(value: 0)

    /// A job that ended the process this often in a row is not run again.
    static let mostAttempts = 3

    /// The queue of a store, with the jobs that a crash or a stop left in it; it runs them after `start`.
    /// - Parameter workers: How many jobs run side by side.
    public init(
        store: Store, runner: any JobRunner, workers: Int, logger: Logger = Logger(label: "fitd.jobs")
    ) throws(Problem) {
        self.store = store
        self.runner = runner
        self.workers = max(1, workers)
        self.logger = logger
        try recover()
    }

    /// Starts the worker threads.
    public func start() {
        state.withLock { $0.threads += workers }
        for number in 1...workers {
            let thread = Thread { [self] in
                while let entry = take() { run(entry) }
                state.withLock { $0.threads -= 1 }
                changed.notify()
            }
            thread.name = "fitd-worker-\(number)"
            thread.stackSize = 8 << 20
            thread.start()
        }
        wake()
    }

    /// Wakes a worker for one piece of work.
    func wakeOne() { wakeUp.signal() }

    /// Wakes all workers.
    func wake() {
        for _ in 0..<workers { wakeUp.signal() }
    }

    /// Waits for work; nil when the queue stops.
    private func take() -> Schedule<Work>.Entry? {
        while true {
            let (entry, hasMore, phase) = state.withLock { state in
                let entry = state.phase == .running ? state.schedule.next() : nil
                if case .call(let call) = entry?.work { state.calls[ObjectIdentifier(call)] = call }
                return (entry, state.schedule.hasNext, state.phase)
            }
            if let entry {
                if hasMore { wakeUp.signal() }
                return entry
            }
            if phase != .running { return nil }
            wakeUp.wait()
        }
    }

    private func run(_ entry: Schedule<Work>.Entry) {
        switch entry.work {
        case .job(let active): run(active)
        case .call(let call):
            call.run()
            state.withLock { $0.calls[ObjectIdentifier(call)] = nil }
        }
        let hasNext = state.withLock { state in
            state.schedule.finish(entry.model)
            return state.schedule.hasNext
        }
        if hasNext { wakeUp.signal() }
        changed.notify()
    }

    /// Accepts a job: its row is on the disk when this returns.
    /// - Throws: 404 for a model that is gone, 409 for a dataset that was replaced meanwhile, 503 while the
    ///   server stops.
    public func submit(
        _ submission: JobSubmission, idempotency: Idempotency<Job>? = nil
    ) async throws(Problem) -> Accepted<Job> {
        // The writer's queue is serial: jobs are queued in the order in which they were stored.
        try await store.onWriter { () throws(Problem) in
            try self.checkIsAccepting()
            let model = try self.store.model(submission.model)
            let id: JobID = IdentifierSource.shared.next()
            let position = self.state.withLock { $0.schedule.count(model.id) } + 1
            let job = Job(
                id: id, type: submission.type, model: model.name, modelID: model.id, createdAt: .now,
                queuePosition: position, request: submission.request,
                seed: submission.seed ?? Int(UInt32.random(in: 0 ... .max)), datasets: submission.datasets)
            let directory = self.store.jobDirectory(id)
            do {
                let log = try EventLog.create(directory)
                try log.append(
                    .queued, ["queue_position": .integer(Int64(position))], time: job.createdAt)
                let accepted = try self.store.making(idempotency) { database in
                    guard try database.model("id", model.id.description) != nil else {
                        throw Store.noModel(model.name)
                    }
                    try database.insert(job)
                    return job
                }
                if case .made = accepted {
                    self.enqueue(ActiveJob(job, store: self.store, log: log))
                } else {
                    try Files.removeDirectory(directory)
                }
                return accepted
            } catch {
                try? Files.removeDirectory(directory)
                throw Problem(storing: error)
            }
        }
    }

    func enqueue(_ active: ActiveJob) {
        state.withLock { state in
            state.active[active.job.id] = active
            // A job that has ended the process twice gets its last chance alone, so that none beside it is blamed.
            state.schedule.append(
                .job(active), model: active.job.modelID, isAlone: active.attempts >= Self.mostAttempts - 1)
        }
        wakeOne()
    }

    func checkIsAccepting() throws(Problem) {
        guard state.withLock({ $0.phase == .running }) else {
            throw Problem(.unavailable, "The server is stopping; try again when it is back.")
        }
    }
}
