import Synchronization

/// Counts the samples that are trained on, for `/metrics`.
public final class SampleCounter: Sendable {
    private struct Count {
        var samples = 0
        var seconds = 0.0
        var rate = 0.0
    }

    private let count = Mutex(Count())

    /// None yet.
    public init() {}

    func add(_ samples: Int, seconds: Double) {
        count.withLock { count in
            count.samples += samples
            count.seconds += seconds
            if seconds > 0 { count.rate = Double(samples) / seconds }
        }
    }

    /// All samples, the seconds that they took, and the pace of the last epoch in samples a second.
    var total: (samples: Int, seconds: Double, rate: Double) {
        count.withLock { ($0.samples, $0.seconds, $0.rate) }
    }
}
