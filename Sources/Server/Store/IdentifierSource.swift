import Protocol
import Synchronization

/// Makes identifiers that sort by the order in which they were made, also within a millisecond and when the
/// clock is set back.
final class IdentifierSource: Sendable {
    /// What the names of datasets, models and jobs come from.
    static let shared = IdentifierSource()
    /// What the names of requests come from.
    static let requests = IdentifierSource()

    private let last = Mutex<ULID?>(nil)

    func next() -> ULID {
        let now = UInt64(clamping: Timestamp.now.milliseconds)
        return last.withLock { last in
            // Random bits are for the first of a millisecond alone: the others follow it.
            let next = last.flatMap { $0.milliseconds >= now ? $0.successor : nil } ?? ULID()
            last = next
            return next
        }
    }

    /// A new identifier of a kind.
    func next<ID: Identifier>() -> ID { ID(next()) }
}
