import Protocol

extension JobQueue {
    /// Cancels a job: one that waits ends now, one that runs at its next batch.
    /// - Returns: The job as it then stands.
    /// - Throws: 404; 409 when it has ended.
    public func cancel(_ id: JobID) async throws(Problem) -> Job {
        try await store.onWriter { () throws(Problem) in
            guard let active = self.active(id), !active.isEnded else {
                let job = try self.job(id)
                let end = job.status == .cancelled ? "been cancelled" : job.status.rawValue
                throw Problem(.conflict, "\(id) has \(end) already; there is nothing to cancel.")
            }
            let waiting = self.state.withLock { state in
                state.schedule.remove(model: active.job.modelID) { work in
                    if case .job(let waiting) = work { waiting === active } else { false }
                }
            }
            guard let waiting else {
                try self.store.markCancelled(id)
                active.context.stop.ask(.cancel)
                return self.snapshot(active)
            }
            do throws(Problem) {
                try self.end(active, .cancelled, .cancelled())
            } catch {
                self.state.withLock { $0.schedule.insert(waiting) }
                self.wake()
                throw error
            }
            return active.snapshot()
        }
    }

    /// Forgets an ended job.
    /// - Throws: 404; 409 when it has not ended.
    public func delete(_ id: JobID) async throws(Problem) {
        try await store.onWriter { () throws(Problem) in
            guard self.active(id) == nil else {
                throw Problem(.conflict, "\(id) has not ended; cancel it first.")
            }
            _ = try self.store.job(id)
            try self.store.deleteJob(id)
            self.deletions.add(1, ordering: .acquiringAndReleasing)
        }
    }

    /// Stops in good order: refuses new work, has running jobs save a checkpoint and pause, ends the event
    /// streams, and stops the workers. What waits stays for the next start.
    /// - Parameter seconds: How long to wait for what runs; what is still running then goes on at the next
    ///   start from its last checkpoint.
    public func drain(seconds: Double = 20) async {
        let (active, running, waiting) = state.withLock { state in
            state.phase = .draining
            return (Array(state.active.values), Array(state.calls.values), state.removeWaitingCalls())
        }
        for call in waiting { call.refuse() }
        for active in active { active.context.stop.ask(.pause) }
        for call in running { call.stop.ask(.pause) }
        wake()
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(seconds)
        while true {
            let version = changed.version
            let remaining = clock.now.duration(to: deadline) / .seconds(1)
            if state.withLock({ $0.threads == 0 }) || remaining <= 0 { break }
            await changed.wait(past: version, seconds: remaining)
        }
        state.withLock { $0.phase = .stopped }
        for active in active where !active.isEnded {
            // Being stopped is not the job's fault, and the next start can tell by this event.
            if active.isRunning { try? active.log.append(.interrupted) }
            active.log.close()
        }
    }
}

extension JobQueue.State {
    /// Takes out synchronous work that waits: its clients are told to come back.
    fileprivate mutating func removeWaitingCalls() -> [Call] {
        var calls: [Call] = []
        for model in schedule.models {
            while let entry = schedule.remove(
                model: model, where: { if case .call = $0 { true } else { false } })
            {
                if case .call(let call) = entry.work { calls.append(call) }
            }
        }
        return calls
    }
}
