import Protocol
import Synchronization

/// Makes identifiers that sort by the order in which they were made, also within a millisecond and when the
/// clock is set back.
final class IdentifierSource: Sendable {
    static let shared = IdentifierSource()

    private let last = Mutex<ULID?>(nil)

    func next() -> ULID {
        let fresh = ULID()
        return last.withLock { last in
            let next = last.map { $0.milliseconds >= fresh.milliseconds ? $0.successor : fresh } ?? fresh
            last = next
            return next
        }
    }

    /// A new identifier of a kind.
    func next<ID: Identifier>() -> ID { ID(next()) }
}
