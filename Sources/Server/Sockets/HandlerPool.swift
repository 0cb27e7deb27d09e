import DequeModule
import Dispatch
import Foundation

/// Runs request handlers on threads of its own, so that one that blocks holds up no other and never the
/// cooperative pool.
///
/// A few threads serve handlers that are quick. When handlers wait and none has begun for a moment, all
/// threads are busy or blocked, and there are more, up to `limit`. They end when they have had nothing to do
/// for a while.
///
/// `@unchecked Sendable`: the state is only touched under the condition's lock.
final class HandlerPool: TaskExecutor, @unchecked Sendable {
    private static let patience = DispatchTimeInterval.milliseconds(5)
    private static let idleTime: TimeInterval = 10

    private let limit: Int
    private let usual: Int
    private let condition = NSCondition()
    private let clock = DispatchQueue(label: "fitd.handlers")
    private var jobs: Deque<UnownedJob> = []
    private var threads = 0
    private var idle = 0
    private var begun = 0
    private var isChecking = false

    /// A pool without threads; they are made when there is something to do.
    init(limit: Int = 256) {
        self.limit = limit
        usual = max(2, ProcessInfo.processInfo.activeProcessorCount)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let wakes = condition.withLock {
            jobs.append(job)
            if jobs.count <= idle { return true }
            if threads < usual { addThread() } else { checkLater() }
            return false
        }
        // Who wakes while the lock is held would wait for it.
        if wakes { condition.signal() }
    }

    /// Looks in a moment whether any job has begun since. The lock is held.
    private func checkLater() {
        guard !isChecking else { return }
        isChecking = true
        let mark = begun
        clock.asyncAfter(deadline: .now() + Self.patience) { [self] in
            condition.withLock {
                isChecking = false
                guard jobs.count > idle else { return }
                if begun == mark {
                    // Twice as many, or as many as have something to do.
                    for _ in 0..<min(jobs.count, threads, limit - threads) { addThread() }
                }
                if threads < limit { checkLater() }
            }
        }
    }

    /// The lock is held.
    private func addThread() {
        threads += 1
        let thread = Thread { [self] in
            while let job = next() { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
        thread.name = "fitd.handler"
        thread.start()
    }

    /// The next job, or nil when the thread is to end.
    private func next() -> UnownedJob? {
        condition.withLock {
            let end = Date(timeIntervalSinceNow: Self.idleTime)
            while jobs.isEmpty {
                idle += 1
                let isInTime = condition.wait(until: end)
                idle -= 1
                if !isInTime, jobs.isEmpty {
                    threads -= 1
                    return nil
                }
            }
            begun &+= 1
            return jobs.removeFirst()
        }
    }
}
