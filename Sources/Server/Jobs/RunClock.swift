import Dispatch
import Protocol
import Synchronization

/// Asks a job to stop when it has run as long as it may.
final class RunClock: Sendable {
    private let stop: StopFlag
    private let seconds: Int
    private let state = Mutex((isOver: false, hasStruck: false))

    /// Begins to count; without seconds it never strikes.
    static func start(seconds: Int?, stop: StopFlag) -> RunClock? {
        guard let seconds else { return nil }
        let clock = RunClock(seconds: seconds, stop: stop)
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(seconds)) { [weak clock] in
            clock?.strike()
        }
        return clock
    }

    private init(seconds: Int, stop: StopFlag) {
        self.seconds = seconds
        self.stop = stop
    }

    private func strike() {
        state.withLock { state in
            guard !state.isOver else { return }
            state.hasStruck = true
            // Asked for under the lock: a run that is over is not stopped any more.
            stop.ask(.cancel)
        }
    }

    /// The run is over.
    /// - Returns: Why it fails, when it was stopped by the clock.
    func end() -> Problem? {
        state.withLock { state in
            state.isOver = true
            guard state.hasStruck else { return nil }
            return Problem(
                .unprocessable,
                "The job ran for \(seconds) seconds, which is the most on this server. The model keeps what it has learnt."
            )
        }
    }
}
