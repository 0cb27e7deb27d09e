import Foundation
import Protocol

extension JobQueue {
    /// Runs a job on this thread, to its end or to a pause.
    func run(_ active: ActiveJob) {
        let clock = RunClock.start(seconds: longestRun, stop: active.context.stop)
        do {
            let outcome = try outcome(active)
            try conclude(active, outcome, overrun: clock?.end())
        } catch {
            conclude(active, failure: Problem(running: error))
        }
    }

    private func outcome(_ active: ActiveJob) throws -> JobOutcome {
        let hasRunBefore = active.start()
        changed.notify()
        if hasRunBefore {
            try active.context.resume(hasStarted: true)
        } else {
            try active.log.append(.started, time: active.startedAt ?? .now)
            // The loss of power can take all that a job told, and leave its checkpoints.
            if active.log.lastRecovered != nil { try active.context.resume(hasStarted: false) }
        }
        return try runner.run(active.job, active.context)
    }

    private func conclude(_ active: ActiveJob, _ outcome: JobOutcome, overrun: Problem?) throws(Problem) {
        switch outcome.kind {
        case .succeeded: try end(active, .succeeded, outcome)
        case .cancelled where overrun != nil: try end(active, .failed, outcome, error: overrun)
        case .cancelled: try end(active, .cancelled, outcome)
        case .paused:
            do {
                try active.context.checkpoints.flush()
            } catch {
                logger.warning("\(active.job.id) goes on from an older checkpoint: \(error.detail)")
            }
            try? active.log.append(.interrupted)
            active.log.suspend()
            active.pause()
        }
    }

    /// Ends a job that failed, and tries again while even that cannot be stored: then the reason is shown
    /// at once and the end is told when there is room.
    private func conclude(_ active: ActiveJob, failure: Problem) {
        logger.notice("\(active.job.id) failed: \(failure.detail)")
        while true {
            do {
                return try end(active, .failed, JobOutcome(.succeeded), error: failure)
            } catch {
                if !active.isEnded {
                    logger.error("the end of \(active.job.id) cannot be stored: \(error.detail)")
                    active.finish(as: ended(active, .failed, failure, nil, .now))
                }
                guard state.withLock({ $0.phase == .running }) else { return }
                Thread.sleep(forTimeInterval: 1)
            }
        }
    }

    /// Makes a job's end durable, then tells it.
    func end(
        _ active: ActiveJob, _ status: JobStatus, _ outcome: JobOutcome, error: Problem? = nil
    ) throws(Problem) {
        let now = Timestamp.now
        let job = ended(active, status, error, outcome.result, now)
        var (kind, data): (JobEvent.Kind, JSONObject) =
            switch status {
            case .failed: (.failed, ["error": error?.json ?? .null])
            case .cancelled: (.cancelled, outcome.result.map { ["result": $0] } ?? [:])
            default: (.succeeded, ["result": outcome.result ?? .null])
            }
        if !outcome.notes.isEmpty { data["notes"] = .array(outcome.notes.map { .string($0) }) }
        var freed: [String] = []
        let isLogKept = try active.log.end(kind, .object(data), time: now) {
            (history, events) throws(Problem) in
            freed = try store.finish(
                active.job,
                JobEnding(
                    status: status, startedAt: active.startedAt, finishedAt: now, progress: job.progress,
                    result: outcome.result, error: error, history: history, events: events,
                    model: outcome.model, dataset: outcome.dataset))
        }
        active.finish(as: job)
        state.withLock { $0.active[active.job.id] = nil }
        changed.notify()
        active.context.checkpoints.close(removing: isLogKept ? nil : store.jobDirectory(active.job.id))
        // A big file takes the system a while; nobody waits for that.
        store.collect(freed)
    }

    private func ended(
        _ active: ActiveJob, _ status: JobStatus, _ error: Problem?, _ result: JSONValue?, _ time: Timestamp
    ) -> Job {
        var job = active.snapshot()
        job.status = status
        job.finishedAt = time
        job.queuePosition = nil
        job.result = result
        job.error = error
        if status == .succeeded { job.progress?.etaSeconds = 0 }
        return job
    }
}

extension Problem {
    /// What a client is told when a run throws.
    fileprivate init(running error: any Error) {
        self = error as? Problem ?? Problem(.internalError, "The job failed: \(error).")
    }
}
