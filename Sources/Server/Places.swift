import DequeModule
import Protocol
import Synchronization

/// So many may do something at a time; who finds no place waits in line, and takes no thread meanwhile.
final class Places: Sendable {
    private typealias Continuation = CheckedContinuation<Bool, Never>

    /// Tells those who wait apart.
    private final class Ticket: Sendable {}

    private struct State {
        var free: Int
        var line: Deque<(ticket: Ticket, continuation: Continuation)> = []
    }

    private let state: Mutex<State>

    /// - Parameter count: How many there are.
    init(_ count: Int) { state = Mutex(State(free: count)) }

    /// Does something when there is a place for it.
    /// - Throws: What `body` throws; 503 when the task is cancelled while it waits.
    func hold<Value: Sendable>(
        _ body: () async throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        guard await take() else {
            throw Problem(.unavailable, "The request was given up while it waited for its turn.")
        }
        defer { leave() }
        return try await body()
    }

    private func take() async -> Bool {
        let ticket = Ticket()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isFree = state.withLock { state in
                    guard state.free > 0 else {
                        state.line.append((ticket, continuation))
                        return false
                    }
                    state.free -= 1
                    return true
                }
                if isFree {
                    continuation.resume(returning: true)
                } else if Task.isCancelled {
                    giveUp(ticket)
                }
            }
        } onCancel: {
            giveUp(ticket)
        }
    }

    private func giveUp(_ ticket: Ticket) {
        let waiting = state.withLock { state in
            state.line.firstIndex { $0.ticket === ticket }.map { state.line.remove(at: $0).continuation }
        }
        waiting?.resume(returning: false)
    }

    private func leave() {
        let next = state.withLock { state -> Continuation? in
            let next = state.line.popFirst()?.continuation
            if next == nil { state.free += 1 }
            return next
        }
        next?.resume(returning: true)
    }
}
