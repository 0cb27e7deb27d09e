import OrderedCollections
import Protocol

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

extension JobQueue {
    /// Accepts a job: its row is on the disk when this returns, while a worker may have begun with it.
    ///
    /// Contents that were stored for the job alone go when it is not accepted.
    /// - Parameters:
    ///   - submission: What is to be done.
    ///   - limit: How much may wait, this job included.
    ///   - idempotency: How a repeated request is told from a new one.
    /// - Throws: 404 for a model that is gone, 409 for a dataset that was replaced meanwhile, 429 past the limit,
    ///   503 while the server stops.
    public func submit(
        _ submission: JobSubmission, limit: Int = .max, idempotency: Idempotency<Job>? = nil
    ) async throws(Problem) -> Accepted<Job> {
        // The writer's queue is serial: jobs are queued in the order in which they were stored.
        let accepted = try await store.onWriter { () throws(Problem) in
            do throws(Problem) {
                let accepted = try self.accept(submission, limit, idempotency)
                if case .repeated = accepted { try self.store.releaseUnused(submission.datasets.values) }
                return accepted
            } catch {
                try? self.store.releaseUnused(submission.datasets.values)
                throw error
            }
        }
        // The writer goes on meanwhile, so that one sync serves all that were accepted until it begins.
        try await store.commits.wait()
        return accepted
    }

    private func accept(
        _ submission: JobSubmission, _ limit: Int, _ idempotency: Idempotency<Job>?
    ) throws(Problem) -> Accepted<Job> {
        try checkIsAccepting()
        guard depth < limit else { throw Self.isFull(limit) }
        var made: (log: EventLog, directory: String)?
        var isMade = false
        defer { if let made, !isMade { try? Files.removeDirectory(made.directory) } }
        let accepted = try store.committingMade(idempotency) { database in
            let model = try database.model(submission.model)
            let job = self.job(submission, of: model)
            let directory = store.jobDirectory(job.id)
            // There before the row is: a row without its log would have lost an event.
            let log = try EventLog.create(directory)
            made = (log, directory)
            try log.append(
                .queued, ["queue_position": .integer(Int64(job.queuePosition ?? 1))], time: job.createdAt)
            return try database.insert(job)
        }
        if case .made(let job) = accepted, let made {
            isMade = true
            made.log.suspend()
            enqueue(ActiveJob(job, store: store, log: made.log, logger: logger))
        }
        return accepted
    }

    private func job(_ submission: JobSubmission, of model: Model) -> Job {
        let position = state.withLock { $0.schedule.count(model.id) } + 1
        return Job(
            id: IdentifierSource.shared.next(), type: submission.type, model: model.name, modelID: model.id,
            createdAt: .now, queuePosition: position, request: submission.request,
            seed: submission.seed ?? Int(UInt32.random(in: 0 ... .max)), datasets: submission.datasets)
    }

    static func isFull(_ limit: Int) -> Problem {
        Problem(.tooManyRequests, "\(limit) jobs are queued; try again later.")
    }

    func enqueue(_ active: ActiveJob) {
        state.withLock { state in
            state.active[active.job.id] = active
            // A job that has ended the process twice gets its last chance alone, so that none beside it is
            // blamed.
            state.schedule.append(
                .job(active), model: active.job.modelID, isAlone: active.attempts >= Self.mostAttempts - 1)
        }
        wakeOne()
        changed.notify()
    }

    func checkIsAccepting() throws(Problem) {
        guard state.withLock({ $0.phase == .running }) else {
            throw Problem(.unavailable, "The server is stopping; try again when it is back.")
        }
    }
}
