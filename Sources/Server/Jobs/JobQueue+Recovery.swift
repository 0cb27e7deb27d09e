import Protocol

extension JobQueue {
    /// Queues what was not ended when the store was last open, in its order.
    ///
    /// A job that ran when the process died is `interrupted` and goes on from its last checkpoint, unless that
    /// happened three times in a row without a new checkpoint: then the job itself is the likely cause.
    func recover() throws(Problem) {
        var found: [(active: ActiveJob, crashed: Bool)] = []
        var attempts: [JobID: Int] = [:]
        for (job, before, isCancelled) in try store.unfinishedJobs() {
            var traces = Traces()
            let log = try store.wrapping {
                try EventLog.recover(store.jobDirectory(job.id)) { traces.apply($0) }
            }
            var count = before
            if traces.isRunning {
                count = traces.hasProgressed ? 1 : before + 1
                attempts[job.id] = count
            }
            let active = ActiveJob(
                job, store: store, log: log, logger: logger, startedAt: traces.startedAt, attempts: count)
            // It stops at its first batch, and so keeps what it had learnt.
            if isCancelled { active.context.stop.ask(.cancel) }
            found.append((active, traces.isRunning))
        }
        try store.setAttempts(attempts)
        for (active, crashed) in found {
            // A power cut may take the events of a job that was accepted, but not the job.
            if active.log.lastID == 0 { try active.log.append(.queued, time: active.job.createdAt) }
            if crashed { try active.log.append(.interrupted) }
            active.log.suspend()
            if active.attempts >= Self.mostAttempts {
                try end(active, .failed, JobOutcome(.succeeded), error: Self.endedProcess)
            } else {
                enqueue(active)
            }
        }
        if !found.isEmpty { logger.notice("\(found.count) jobs go on") }
    }

    private static let endedProcess = Problem(
        .internalError,
        "The server's process ended \(mostAttempts) times while this job ran, without a checkpoint in between, "
            + "so it is not tried again. It may need more memory than there is.")
}

/// What a job's events tell of its runs.
private struct Traces {
    private(set) var startedAt: Timestamp?
    private(set) var isRunning = false
    /// Whether the last run made a checkpoint.
    private(set) var hasProgressed = false

    mutating func apply(_ event: JobEvent) {
        switch event.kind {
        case .started, .resumed:
            startedAt = startedAt ?? event.time
            isRunning = true
            hasProgressed = false
        case .interrupted: isRunning = false
        // From a named one no job goes on.
        case .checkpoint where event.data["name"] == nil: hasProgressed = true
        default: break
        }
    }
}
