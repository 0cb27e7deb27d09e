#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The clocks.
enum Clock {
    /// Seconds since 1970.
    static var time: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Seconds since some moment in the past.
    static var seconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}

/// Says when some seconds have passed since it last said so.
struct Ticker {
    private let seconds: Double
    private var last: Double

    /// A ticker that counts from `start`; infinitely many seconds never pass.
    init(seconds: Double, start: Double) {
        self.seconds = seconds
        last = start
    }

    mutating func isDue(at now: Double) -> Bool {
        guard now - last >= seconds else { return false }
        last = now
        return true
    }

    /// Counts from now on.
    mutating func restart(at now: Double) { last = now }
}
