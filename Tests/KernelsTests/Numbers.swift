import Foundation

/// Sizes around the width of a vector, where loops go wrong.
let edgeSizes = [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100]

/// Pseudorandom floats that are the same in every run.
struct Numbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64 = 1) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
        (0..<count).map { _ in Float.random(in: range, using: &self) }
    }
}

/// How many floats lie between `value` and the float nearest to `truth`; 0 where both are NaN.
func distance(_ value: Float, _ truth: Double) -> Double {
    let nearest = Float(truth)
    if value.isNaN || nearest.isNaN { return value.isNaN && nearest.isNaN ? 0 : .infinity }
    if value == nearest { return 0 }
    if value.isInfinite || nearest.isInfinite { return .infinity }
    return abs(Double(value) - truth) / Double(max(nearest.magnitude.ulp, Float.leastNonzeroMagnitude))
}

/// The largest of `|a − b| / (1 + |b|)`; NaN where both are counts as equal.
func largestError(_ values: [Float], _ truth: [Double]) -> Double {
    guard values.count == truth.count else { return .infinity }
    return zip(values, truth).map { value, truth in
        if value.isNaN && truth.isNaN || Double(value) == truth { return 0 }
        let error = abs(Double(value) - truth) / (1 + abs(truth))
        return error.isNaN ? .infinity : error
    }.max() ?? 0
}

extension [Float] {
    /// A new array of `count` floats that `body` writes.
    init(count: Int, writing body: (UnsafeMutablePointer<Float>) -> Void) {
        self.init(repeating: -77, count: count)
        withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { body(base) }
        }
    }
}
