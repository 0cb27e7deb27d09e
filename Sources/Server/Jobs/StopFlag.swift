import Synchronization
import Training

/// Whether running work is asked to stop; cheap enough to be looked at before each batch.
public final class StopFlag: Sendable {
    /// What is asked for.
    public enum Request: UInt8, Sendable {
        /// To go on.
        case none
        /// To save a checkpoint and return `.paused`, because the server stops.
        case pause
        /// To end at the next batch and keep what was learnt.
        case cancel
    }

    private let value = Atomic<UInt8>(0)
    /// The same, as training looks for it.
    let signal = StopSignal()

    /// What is asked for now.
    public var request: Request { Request(rawValue: value.load(ordering: .relaxed)) ?? .none }

    /// Asks for it; a request to cancel stays.
    func ask(_ request: Request) {
        value.max(request.rawValue, ordering: .relaxed)
        switch request {
        case .none: break
        case .pause: signal.send(.pause)
        case .cancel: signal.send(.cancel)
        }
    }
}
