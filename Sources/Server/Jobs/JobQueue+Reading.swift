import Protocol

extension JobQueue {
    /// A job as it stands.
    /// - Throws: 404.
    public func job(_ id: JobID) throws(Problem) -> Job {
        guard let active = active(id) else { return try store.job(id) }
        return snapshot(active)
    }

    /// What a job was asked for, however big.
    /// - Throws: 404.
    public func request(of id: JobID) throws(Problem) -> JSONValue {
        guard let request = active(id)?.job.request, !request.isNull else { return try store.request(of: id) }
        return request
    }

    /// Jobs, newest first.
    /// - `limit`: The most items of the page.
    /// - `after`: The last page's `next`.
    /// - Throws: 400 for an `after` that no page gave.
    public func jobs(
        _ filter: JobFilter = JobFilter(), limit: Int = 50, after: String? = nil
    ) throws(Problem) -> Page<Job> {
        var last: JobID?
        if let after {
            guard let id = JobID(parsing: after) else { throw .noCursor(after) }
            last = id
        }
        // What has not ended is in memory, where alone is known what runs.
        if let status = filter.status, !status.isEnded {
            var jobs = snapshots(actives())
            jobs.removeAll { job in
                if let last, job.id >= last { return true }
                if let type = filter.type, job.type != type { return true }
                if let model = filter.model, job.model != model { return true }
                return job.status != status
            }
            jobs.sort { $0.id > $1.id }
            return Page(jobs, limit: limit, cursor: \.id.description)
        }
        let rows = try store.jobs(filter, limit: limit + 1, after: last)
        let jobs = rows.map { row in
            row.status.isEnded ? row : active(row.id).map(snapshot) ?? row
        }
        return Page(jobs, limit: limit, cursor: \.id.description)
    }

    /// The jobs that wait or run, oldest first.
    /// - Parameter model: The model whose jobs are meant; nil for all.
    public func pendingJobs(of model: ModelID? = nil) -> [Job] {
        let pending = actives().filter { active in
            !active.isEnded && (model.map { $0 == active.job.modelID } ?? true)
        }
        return snapshots(pending.sorted { $0.job.id < $1.job.id })
    }

    /// The last compile of a model that has not ended; nil when none waits or runs.
    func pendingCompile(ofModel name: String) -> Job? {
        actives().filter { $0.job.type == .compile && $0.job.model == name && !$0.isEnded }
            .max { $0.job.id < $1.job.id }?.job
    }

    /// All jobs, as they change.
    /// - Parameter follow: Whether to wait for what is still to come.
    public func feed(follow: Bool = true) -> JobFeed { JobFeed(self, follow: follow) }

    /// What has happened to a job, and happens until it ends.
    /// - `after`: The number of the last event that the reader knows; 0 for all of them.
    /// - `follow`: Whether to wait for what is still to come.
    /// - Throws: 404.
    public func events(of id: JobID, after: Int = 0, follow: Bool = true) throws(Problem) -> EventReader {
        try EventReader(try log(of: id), after: after, follow: follow)
    }

    /// A job's History, so far or in the end; without epochs for a job that is no fit.
    /// - Throws: 404.
    public func history(of id: JobID) throws(Problem) -> History {
        if let active = active(id) { return active.log.history }
        _ = try store.job(id)
        return try store.storedHistory(id)
    }

    /// Waits for a job's end.
    /// - `seconds`: How long at most.
    /// - Returns: The job as it then stands.
    /// - Throws: 404.
    public func wait(for id: JobID, seconds: Double) async throws(Problem) -> Job {
        guard let active = active(id) else { return try job(id) }
        if !active.isEnded { await active.end.wait(past: 0, seconds: seconds) }
        return snapshot(active)
    }

    /// How many jobs are in each state.
    public func counts() throws(Problem) -> [JobStatus: Int] {
        var counts = try store.endedJobCounts()
        for active in actives() where !active.isEnded {
            counts[active.isRunning ? .running : .queued, default: 0] += 1
        }
        return counts
    }

    /// How much waits for a worker, synchronous work included.
    public var depth: Int { state.withLock { $0.schedule.waiting } }

    func active(_ id: JobID) -> ActiveJob? { state.withLock { $0.active[id] } }

    private func actives() -> [ActiveJob] { state.withLock { Array($0.active.values) } }

    func snapshot(_ active: ActiveJob) -> Job {
        var job = active.snapshot()
        job.queuePosition = job.status == .queued ? position(active) : nil
        return job
    }

    /// Many jobs, whose places are found in one pass: each by itself, they would be as many passes.
    private func snapshots(_ actives: [ActiveJob]) -> [Job] {
        let places = state.withLock { state in
            var places: [ObjectIdentifier: Int] = [:]
            state.schedule.visitWaiting { work, place in
                if case .job(let waiting) = work { places[ObjectIdentifier(waiting)] = place }
            }
            return places
        }
        return actives.map { active in
            var job = active.snapshot()
            job.queuePosition = job.status == .queued ? places[ObjectIdentifier(active)] : nil
            return job
        }
    }

    private func position(_ active: ActiveJob) -> Int? {
        state.withLock { state in
            state.schedule.position(model: active.job.modelID) { work in
                if case .job(let waiting) = work { waiting === active } else { false }
            }
        }
    }

    private func log(of id: JobID) throws(Problem) -> EventLog {
        if let active = active(id) { return active.log }
        _ = try store.job(id)
        let events = try store.storedEvents(id)
        return try store.wrapping { try EventLog.ended(store.jobDirectory(id), events: events) }
    }
}
