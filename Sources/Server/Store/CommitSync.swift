import Dispatch
import Protocol
import Synchronization

/// Brings what was committed to the disk, for many at once: all that committed before a sync begins share it.
///
/// SQLite's own sync at each commit (`synchronous=FULL`) makes writers wait for the disk one by one. With
/// `NORMAL` a commit only writes the log, and one sync of the log makes every commit before it durable.
package final class CommitSync: Sendable {
    private typealias Waiter = @Sendable (Result<Void, Problem>) -> Void

    private struct State {
        var waiters: [Waiter] = []
        var isSyncing = false
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "fitd.store.disk")
    private let bringToDisk: @Sendable () throws -> Void

    /// - Parameter bringToDisk: Makes durable what was written before it was called.
    package init(_ bringToDisk: @escaping @Sendable () throws -> Void) { self.bringToDisk = bringToDisk }

    /// Blocks until all that was committed before is durable.
    /// - Throws: What the sync failed with, to each that waited for it.
    package func wait() throws(Problem) {
        let isFree = state.withLock { state in
            defer { state.isSyncing = true }
            return !state.isSyncing
        }
        // Who finds nobody at it syncs on its own thread, which spares it two changes of threads.
        if isFree {
            let outcome = sync()
            serveNext()
            return try outcome.get()
        }
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
        let isFree = state.withLock { state in
            state.waiters.append(waiter)
            defer { state.isSyncing = true }
            return !state.isSyncing
        }
        if isFree { queue.async { self.serve() } }
    }

    /// Syncs for those who wait.
    private func serve() {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            return state.waiters
        }
        let outcome = sync()
        for tell in waiters { tell(outcome) }
        serveNext()
    }

    /// Goes on with those who came during a sync, which may have begun too early for them.
    private func serveNext() {
        let hasNext = state.withLock { state in
            state.isSyncing = !state.waiters.isEmpty
            return state.isSyncing
        }
        if hasNext { queue.async { self.serve() } }
    }

    private func sync() -> Result<Void, Problem> {
        do {
            try bringToDisk()
            return .success(())
        } catch {
            return .failure(Problem(storing: error))
        }
    }
}
