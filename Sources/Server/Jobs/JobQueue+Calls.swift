import Protocol
import Synchronization

/// Synchronous work: it takes its place in its model's line, and leaves no trace.
final class Call: Sendable {
    let stop = StopFlag()
    private let work: @Sendable (StopFlag) -> Void
    private let refusal: @Sendable () -> Void

    init(work: @escaping @Sendable (StopFlag) -> Void, refusal: @escaping @Sendable () -> Void) {
        self.work = work
        self.refusal = refusal
    }

    func run() { work(stop) }
    func refuse() { refusal() }
}

extension JobQueue {
    /// Does something with a model that a client waits for, such as a prediction, when the model's turn comes.
    ///
    /// When the task is cancelled, what waits is not done, and what runs is asked to stop.
    /// - `work`: Runs on a worker's thread; looks at the flag now and then.
    /// - Throws: What `work` throws; 503 while the server stops.
    public func perform<Value: Sendable>(
        on model: ModelID, _ work: @escaping @Sendable (StopFlag) throws -> Value
    ) async throws(Problem) -> Value {
        let answer = Answer<Value>()
        let call = Call { stop in
            answer.give(
                Result { try work(stop) }.mapError { error in
                    error as? Problem ?? Problem(.internalError, "The work failed: \(error).")
                })
        } refusal: {
            answer.give(.failure(Problem(.unavailable, "The server is stopping; try again when it is back.")))
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                answer.wait(continuation)
                submit(call, model: model)
                if Task.isCancelled { cancel(call, model: model) }
            }
        } onCancel: {
            cancel(call, model: model)
        }
        return try result.get()
    }

    private func submit(_ call: Call, model: ModelID) {
        let isAccepted = state.withLock { state in
            guard state.phase == .running else { return false }
            state.schedule.append(.call(call), model: model)
            return true
        }
        if isAccepted { wakeOne() } else { call.refuse() }
    }

    private func cancel(_ call: Call, model: ModelID) {
        let waiting = state.withLock { state in
            state.schedule.remove(model: model) { work in
                if case .call(let waiting) = work { waiting === call } else { false }
            }
        }
        if waiting != nil { call.refuse() } else { call.stop.ask(.cancel) }
    }
}

/// One result for one task that waits.
private final class Answer<Value: Sendable>: Sendable {
    typealias Continuation = CheckedContinuation<Result<Value, Problem>, Never>

    private let continuation = Mutex<Continuation?>(nil)

    func wait(_ continuation: Continuation) { self.continuation.withLock { $0 = continuation } }

    func give(_ result: Result<Value, Problem>) {
        let continuation = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        continuation?.resume(returning: result)
    }
}
