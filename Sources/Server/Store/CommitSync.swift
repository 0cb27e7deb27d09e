import Dispatch
import Protocol
import Synchronization

/// Brings what was committed to the disk, for many at once: all that committed before a sync begins share it.
///
/// SQLite's own sync at each commit (`synchronous=FULL`) makes writers wait for the disk one by one. With
/// `NORMAL` a commit only writes the log, and one sync of the log makes every commit before it durable.
package final class CommitSync: Sendable {
    private typealias Waiter = @Sendable (Result<Void, Problem>) -> Void

    private let waiters = Mutex<[Waiter]>([])
    private let queue = DispatchQueue(label: "fitd.store.disk")
    private let bringToDisk: @Sendable () throws -> Void

    /// - Parameter bringToDisk: Makes durable what was written before it was called.
    package init(_ bringToDisk: @escaping @Sendable () throws -> Void) { self.bringToDisk = bringToDisk }

    /// Blocks until all that was committed before is durable.
    /// - Throws: What the sync failed with, to each that waited for it.
    package func wait() throws(Problem) {
        let done = DispatchSemaphore(value: 0)
        let outcome = Mutex<Result<Void, Problem>>(.success(()))
        add { result in
            outcome.withLock { $0 = result }
            done.signal()
        }
        done.wait()
        try outcome.withLock { $0 }.get()
    }

    /// The same without blocking the thread.
    package func wait() async throws(Problem) {
        try await withCheckedContinuation { continuation in
            add { continuation.resume(returning: $0) }
        }.get()
    }

    private func add(_ waiter: @escaping Waiter) {
        let isFirst = waiters.withLock { waiters in
            waiters.append(waiter)
            return waiters.count == 1
        }
        if isFirst { queue.async { self.sync() } }
    }

    private func sync() {
        let waiters = waiters.withLock { waiters in
            defer { waiters = [] }
            return waiters
        }
        let outcome: Result<Void, Problem>
        do {
            try bringToDisk()
            outcome = .success(())
        } catch {
            outcome = .failure(Problem(storing: error))
        }
        for tell in waiters { tell(outcome) }
    }
}
