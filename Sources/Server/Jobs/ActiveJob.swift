import Logging
import Protocol
import Synchronization

/// A job that has not ended, as the queue knows it.
final class ActiveJob: Sendable {
    private struct State {
        var isRunning = false
        var startedAt: Timestamp?
        /// What it has become.
        var ended: Job?
    }

    let job: Job
    let context: JobContext
    /// How often in a row it has ended the process without coming further.
    let attempts: Int
    /// Told once, at the end.
    let end = Signal()
    private let state: Mutex<State>

    init(
        _ job: Job, store: Store, log: EventLog, logger: Logger, startedAt: Timestamp? = nil,
        attempts: Int = 0
    ) {
        self.job = job
        self.attempts = attempts
        context = JobContext(job, store: store, log: log, logger: logger)
        state = Mutex(State(startedAt: startedAt))
    }

    var log: EventLog { context.log }
    var startedAt: Timestamp? { state.withLock { $0.startedAt } }
    var isRunning: Bool { state.withLock { $0.isRunning && $0.ended == nil } }
    var isEnded: Bool { state.withLock { $0.ended != nil } }

    /// A worker has the job from now on.
    /// - Returns: Whether it had run before.
    func start() -> Bool {
        state.withLock { state in
            state.isRunning = true
            defer { state.startedAt = state.startedAt ?? .now }
            return state.startedAt != nil
        }
    }

    /// No worker has the job any more, yet it goes on later.
    func pause() { state.withLock { $0.isRunning = false } }

    func finish(as job: Job) {
        state.withLock { $0.ended = job }
        end.notify()
    }

    /// The job as it stands, but for its place in the queue.
    func snapshot() -> Job {
        let (isRunning, startedAt, ended) = state.withLock { ($0.isRunning, $0.startedAt, $0.ended) }
        if let ended { return ended }
        var job = job
        job.status = isRunning ? .running : .queued
        job.startedAt = startedAt
        job.progress = context.progress
        return job
    }
}
