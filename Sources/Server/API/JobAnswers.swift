import Protocol
import Synchronization

/// What polling a job is answered with, written once for a job that has ended: it changes no more.
final class JobAnswers: Sendable {
    private struct State {
        /// The queue's count of deletions for which the answers hold.
        var deletions = 0
        var ended: [JobID: JSONAnswer] = [:]
    }

    /// The most answers that are kept, of about a kilobyte each; then all begin anew.
    private static let limit = 4096

    private let state = Mutex(State())

    /// The answer about a job that has not ended or was asked for before; nil when the store has to be asked.
    func known(_ id: JobID, of jobs: JobQueue) -> JSONAnswer? {
        if let active = jobs.active(id) { return JSONAnswer(jobs.snapshot(active).json) }
        let deletions = jobs.deletions.load(ordering: .acquiring)
        return state.withLock { $0.deletions == deletions ? $0.ended[id] : nil }
    }

    /// The answer about a job.
    /// - Throws: 404.
    func answer(_ id: JobID, of jobs: JobQueue) throws(Problem) -> JSONAnswer {
        // Counted before the store is asked: what is deleted while it answers is not kept.
        let deletions = jobs.deletions.load(ordering: .acquiring)
        let job = try jobs.job(id)
        let answer = JSONAnswer(job.json)
        guard job.status.isEnded, jobs.active(id) == nil else { return answer }
        state.withLock { state in
            if state.deletions != deletions || state.ended.count >= Self.limit {
                state = State(deletions: deletions)
            }
            state.ended[id] = answer
        }
        return answer
    }
}
