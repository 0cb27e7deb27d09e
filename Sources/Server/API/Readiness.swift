import Protocol
import Synchronization

/// Whether the server takes work.
public final class Readiness: Sendable {
    private enum Phase: Int {
        case starting, serving, draining
    }

    private let phase = Atomic<Int>(Phase.starting.rawValue)

    /// A server that starts.
    public init() {}

    /// It serves from now on.
    public func begin() { phase.store(Phase.serving.rawValue, ordering: .relaxed) }

    /// It stops.
    public func drain() { phase.store(Phase.draining.rawValue, ordering: .relaxed) }

    /// - Throws: 503 while the server does not take work.
    func check() throws(Problem) {
        let detail: String
        switch Phase(rawValue: phase.load(ordering: .relaxed)) {
        case .serving: return
        case .draining: detail = "The server is stopping."
        default: detail = "The server is starting."
        }
        throw Problem(.unavailable, detail)
    }
}
