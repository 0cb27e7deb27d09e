import Protocol
import Synchronization

/// The memory that the contents of all requests take together, and what they are read into, of which there is so much.
///
/// Contents are counted as their bytes arrive: a length that is only announced keeps nothing from others.
final class RequestMemory: Sendable {
    private let limit: Int
    private let taken = Mutex(0)

    init(limit: Int) { self.limit = limit }

    /// What one request takes of it.
    final class Share: Sendable {
        private let memory: RequestMemory
        private let taken = Mutex(0)

        init(of memory: RequestMemory) { self.memory = memory }

        deinit { release() }

        /// Takes bytes more. Who is alone may take any number, so that each request that its own limits allow is
        /// answered at some time.
        /// - Throws: 503 when there are not as many.
        func take(_ count: Int) throws(Problem) {
            let isFree = taken.withLock { own in
                memory.taken.withLock { all in
                    guard memory.hasRoom(for: count, beside: all, own) else { return false }
                    all += count
                    own += count
                    return true
                }
            }
            guard isFree else { throw memory.isFull }
        }

        /// - Throws: 503 when so many bytes more could not be taken now.
        func check(_ count: Int) throws(Problem) {
            let isFree = taken.withLock { own in
                memory.taken.withLock { memory.hasRoom(for: count, beside: $0, own) }
            }
            guard isFree else { throw memory.isFull }
        }

        /// Gives back all that was taken.
        func release() {
            taken.withLock { own in
                memory.taken.withLock { $0 -= own }
                own = 0
            }
        }
    }

    private func hasRoom(for count: Int, beside all: Int, _ own: Int) -> Bool {
        all == own ? count <= Int.max - all : count <= limit - all
    }

    private var isFull: Problem {
        Problem(
            .unavailable,
            "The contents of other requests take the \(limit) bytes of memory that are there for them; try again later."
        )
    }
}
