import Protocol

/// Follows all jobs: each that has not ended, as it stands, then every job that comes, moves on or ends.
///
/// A feed looks for itself, at most ten times a second, and twice a second while a job runs, so that being
/// followed costs a run nothing. What it misses between two looks, the next one shows.
public struct JobFeed: Sendable {
    private let queue: JobQueue
    private let follows: Bool
    /// The jobs that have not ended, as they were last told.
    private var told: [JobID: Job] = [:]
    private var newest: JobID?
    private var hasBegun = false
    /// The version of the queue at the last look.
    private var lookedAt = 0

    /// Seconds between two looks at what runs.
    private static let pace = 0.5
    /// The most jobs that may come and end between two looks and are told all the same.
    private static let mostMissed = 100

    init(_ queue: JobQueue, follow: Bool) {
        self.queue = queue
        follows = follow
    }

    /// The jobs that have changed, oldest first.
    /// - Parameter seconds: How long to wait for a change.
    /// - Returns: None when the time is up; nil at the end: the task was cancelled, or, when not following, all
    ///   that has not ended is told.
    public mutating func next(within seconds: Double) async throws(Problem) -> [Job]? {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(seconds)
        while !Task.isCancelled, follows || !hasBegun {
            let version = queue.changed.version
            let isFirst = !hasBegun
            let jobs = try isFirst ? begin() : version == lookedAt ? progress() : changes()
            lookedAt = version
            if isFirst || !jobs.isEmpty { return jobs }
            let remaining = clock.now.duration(to: deadline) / .seconds(1)
            if remaining <= 0 { return [] }
            let isRunning = told.values.contains { $0.status == .running }
            await queue.changed.wait(
                past: version, seconds: isRunning ? min(Self.pace, remaining) : remaining)
            try? await Task.sleep(for: .milliseconds(100))
        }
        return nil
    }

    private mutating func begin() throws(Problem) -> [Job] {
        hasBegun = true
        newest = try queue.jobs(limit: 1).items.first?.id
        return tell(queue.pendingJobs())
    }

    /// While the queue stands as it stood, what runs alone is looked at.
    private mutating func progress() -> [Job] {
        let running = told.values.filter { $0.status == .running }.compactMap { try? queue.job($0.id) }
        return tell(running.sorted { $0.id < $1.id })
    }

    private mutating func changes() throws(Problem) -> [Job] {
        var jobs = queue.pendingJobs()
        let pending = Set(jobs.map(\.id))
        for id in told.keys where !pending.contains(id) {
            // A job that is gone has been deleted since its end.
            if let job = try? queue.job(id) { jobs.append(job) } else { told[id] = nil }
        }
        let known = pending.union(told.keys)
        let recent = try queue.jobs(limit: Self.mostMissed).items
        jobs += recent.filter { job in !known.contains(job.id) && newest.map { job.id > $0 } ?? true }
        newest = recent.first?.id ?? newest
        return tell(jobs.sorted { $0.id < $1.id })
    }

    /// Those of the jobs that are other than they were told.
    private mutating func tell(_ jobs: [Job]) -> [Job] {
        let changed = jobs.filter { told[$0.id] != $0 }
        for job in changed { told[job.id] = job.status.isEnded ? nil : job }
        return changed
    }
}
