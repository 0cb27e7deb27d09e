import Synchronization

/// Tells tasks that something has changed; they look for themselves what it is.
///
/// A task reads `version`, looks, and waits past that version, so that no change falls in between.
final class Signal: Sendable {
    private struct State {
        var version = 0
        var nextToken = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    /// How many changes there were.
    var version: Int { state.withLock { $0.version } }

    /// Wakes all that wait. Never blocks.
    func notify() {
        let waiters = state.withLock { state in
            state.version += 1
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume() }
    }

    /// Waits for a change past `version`, for `seconds`, or until the task is cancelled.
    func wait(past version: Int, seconds: Double? = nil) async {
        let token = state.withLock { state in
            state.nextToken += 1
            return state.nextToken
        }
        // Not a Dispatch timer: one that is cancelled leaves some memory behind.
        var timer: Task<Void, Never>?
        defer { timer?.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.version > version { return true }
                    state.waiters[token] = continuation
                    return false
                }
                if isOver { return continuation.resume() }
                if let seconds {
                    timer = Task {
                        try? await Task.sleep(for: .seconds(max(0, min(seconds, 1e6))))
                        wake(token)
                    }
                }
                if Task.isCancelled { wake(token) }
            }
        } onCancel: {
            wake(token)
        }
    }

    private func wake(_ token: Int) {
        state.withLock { $0.waiters.removeValue(forKey: token) }?.resume()
    }
}
