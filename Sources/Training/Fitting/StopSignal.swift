import Synchronization

/// How others ask a running fit to stop; it looks once a batch.
public final class StopSignal: Sendable {
    /// What is asked for.
    public enum Request: Int, Sendable {
        /// Nothing.
        case none
        /// To end and keep what was learnt.
        case cancel
        /// To stop so that it can be resumed later.
        case pause
    }

    private let value = Atomic<Int>(0)

    /// Nothing is asked for.
    public init() {}

    /// Asks for something; the first request stays.
    public func send(_ request: Request) {
        _ = value.compareExchange(expected: 0, desired: request.rawValue, ordering: .relaxed)
    }

    /// What is asked for.
    public var request: Request { Request(rawValue: value.load(ordering: .relaxed)) ?? .none }
}
