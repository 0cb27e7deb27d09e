import Protocol

extension JobQueue {
    /// Forgets jobs that ended before a moment.
    /// - Returns: How many.
    @discardableResult
    public func forgetEnded(before time: Timestamp) async throws(Problem) -> Int {
        var count = 0
        while true {
            // A few at a time, so that others have their turn at the writer's queue.
            let forgotten = try await store.onWriter { () throws(Problem) in
                let ended = try self.store.endedJobs(before: time, limit: 50)
                for id in ended { try self.store.deleteJob(id) }
                self.deletions.add(1, ordering: .acquiringAndReleasing)
                return ended.count
            }
            guard forgotten > 0 else { break }
            count += forgotten
        }
        if count > 0 { logger.info("\(count) jobs that ended before \(time) are forgotten") }
        return count
    }

    /// Forgets again and again what ended longer than `seconds` ago, until the task is cancelled.
    func forgetEnded(afterSeconds seconds: Int) async {
        while !Task.isCancelled {
            do {
                let now = Timestamp.now.milliseconds
                try await forgetEnded(before: Timestamp(milliseconds: now - Int64(seconds) * 1000))
            } catch {
                logger.warning("ended jobs could not be forgotten: \(error.detail)")
            }
            try? await Task.sleep(for: .seconds(min(600, max(1, seconds / 10))))
        }
    }
}
