import Protocol
import Synchronization

/// The places for event streams, of which there is a number.
final class StreamPlaces: Sendable {
    private let taken = Mutex(0)
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// How many are taken.
    var count: Int { taken.withLock { $0 } }

    /// A place, until it is let go.
    /// - Throws: 503 when all are taken.
    func take() throws(Problem) -> Place {
        let isFree = taken.withLock { taken in
            if taken < limit { taken += 1 } else { return false }
            return true
        }
        guard isFree else {
            throw Problem(
                .unavailable, "\(limit) event streams are open, which is the most; try again later, or poll.")
        }
        return Place(places: self)
    }

    /// A place that is taken while this lives.
    final class Place: Sendable {
        private let places: StreamPlaces

        fileprivate init(places: StreamPlaces) { self.places = places }

        deinit { places.taken.withLock { $0 -= 1 } }
    }
}
