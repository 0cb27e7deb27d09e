import Dispatch
import Foundation
import Logging
import Protocol
import Synchronization

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
    /// Told when work comes, begins or ends, a thread stops, or the phase changes.
    let changed = Signal()
    /// How many times ended jobs have been forgotten.
    let deletions = Atomic(0)
    private let workers: Int
    /// Seconds for which a job runs; nil for any time.
    let longestRun: Int?
    private let wakeUp = DispatchSemaphore(value: 0)

    /// A job that ended the process this often in a row is not run again.
    static let mostAttempts = 3

    /// The queue of a store, with the jobs that a crash or a stop left in it; it runs them after `start`.
    /// - `workers`: How many jobs run side by side.
    /// - `longestRun`: Seconds after which a job that runs fails; nil for any time.
    public init(
        store: Store, runner: any JobRunner, workers: Int, longestRun: Int? = nil,
        logger: Logger = Logger(label: "fitd.jobs")
    ) throws(Problem) {
        self.store = store
        self.runner = runner
        self.workers = max(1, workers)
        self.longestRun = longestRun
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
}
