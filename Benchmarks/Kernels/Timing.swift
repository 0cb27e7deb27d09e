import Glibc

/// Seconds of the monotonic clock.
func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Seconds that each of several pieces of work takes: medians of seven turns, taken in turns so that a noisy moment
/// hits all of them, each turn long enough for the clock.
func seconds(_ works: [() -> Void]) -> [Double] {
    let counts = works.map { work in
        work()
        let start = now()
        work()
        return max(1, Int(0.004 / max(now() - start, 1e-8)))
    }
    var turns = works.map { _ in [Double]() }
    for _ in 0..<7 {
        for (index, work) in works.enumerated() {
            let start = now()
            for _ in 0..<counts[index] { work() }
            turns[index].append((now() - start) / Double(counts[index]))
        }
    }
    return turns.map { $0.sorted()[$0.count / 2] }
}

/// A number with so many digits behind the point, in a column.
func column(_ value: Double, _ digits: Int = 1, width: Int = 8) -> String {
    let scale = pow(10, Double(digits))
    var text = "\((value * scale).rounded() / scale)"
    if digits == 0 { text = "\(Int(value.rounded()))" }
    return String(repeating: " ", count: max(0, width - text.count)) + text
}
