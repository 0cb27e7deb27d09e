import HTTPTypes
import Synchronization

/// What has been counted since the server started, for `/metrics`.
public final class Counters: Sendable {
    struct Route: Hashable, Comparable {
        let method: String
        let pattern: String

        static func < (left: Route, right: Route) -> Bool {
            (left.pattern, left.method) < (right.pattern, right.method)
        }
    }

    struct Requests {
        var byStatus: [Int: Int] = [:]
        /// Requests at or below each bound, and all.
        var buckets = [Int](repeating: 0, count: Counters.bounds.count)
        var count = 0
        var seconds = 0.0
        var bytes = 0
    }

    /// Seconds that bound the buckets of latencies.
    static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60]

    /// The samples that are trained on.
    public let samples = SampleCounter()
    /// Tells how many connections are open.
    let connections = Mutex<@Sendable () -> Int>({ 0 })
    private let state = Mutex<[Route: Requests]>([:])

    /// Nothing counted yet.
    public init() {}

    /// Counts a request that has been answered.
    public func record(_ metrics: RequestMetrics) {
        // A client may make up methods without end, and each that is counted stays.
        let method = Router.known.contains(metrics.method) ? metrics.method.rawValue : "other"
        let route = Route(method: method, pattern: metrics.pattern ?? "none")
        let seconds = metrics.duration / .seconds(1)
        state.withLock { state in
            var requests = state[route] ?? Requests()
            requests.byStatus[metrics.status, default: 0] += 1
            requests.count += 1
            requests.seconds += seconds
            requests.bytes += metrics.bytes
            for (index, bound) in Self.bounds.enumerated() where seconds <= bound {
                requests.buckets[index] += 1
            }
            state[route] = requests
        }
    }

    /// All requests, by route.
    var requests: [(key: Route, value: Requests)] {
        state.withLock { $0 }.sorted { $0.key < $1.key }
    }
}
