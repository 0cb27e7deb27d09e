/// Spans of a stream of random floats. Element i of a stream is always the same number, whatever span it is drawn
/// in: `offset` says where in the stream the span begins.
extension Philox {
    /// Numbers uniform in [0, 1), multiples of 2^−24; then `lower + (upper − lower) · u`.
    public func uniform(
        _ x: UnsafeMutablePointer<Float>, offset: UInt64 = 0, count: Int, lower: Float = 0, upper: Float = 1
    ) {
        let width = Vector(repeating: upper - lower)
        // Rounding may reach the upper bound, which is left out.
        let last = Vector(repeating: max(lower, upper.nextDown))
        draw(x, offset: offset, count: count) {
            eachWord($0) { fraction($0).multiplied(by: width, adding: lower).atMost(last) }
        }
    }

    /// Numbers of a normal distribution, by Box and Muller.
    public func normal(
        _ x: UnsafeMutablePointer<Float>, offset: UInt64 = 0, count: Int, mean: Float = 0,
        standardDeviation: Float = 1
    ) {
        let deviation = Vector(repeating: standardDeviation)
        draw(x, offset: offset, count: count) { words in
            let (a, b) = normals(words.0, words.1)
            let (c, d) = normals(words.2, words.3)
            return (
                a.multiplied(by: deviation, adding: mean), b.multiplied(by: deviation, adding: mean),
                c.multiplied(by: deviation, adding: mean), d.multiplied(by: deviation, adding: mean)
            )
        }
    }

    /// Numbers of a normal distribution cut off two standard deviations from its mean, by its inverse.
    public func truncatedNormal(
        _ x: UnsafeMutablePointer<Float>, offset: UInt64 = 0, count: Int, mean: Float = 0,
        standardDeviation: Float = 1
    ) {
        let deviation = Vector(repeating: standardDeviation)
        draw(x, offset: offset, count: count) {
            eachWord($0) { withinTwoDeviations($0).multiplied(by: deviation, adding: mean) }
        }
    }

    /// 1 with probability `probability`, else 0.
    public func bernoulli(
        _ x: UnsafeMutablePointer<Float>, probability: Float, offset: UInt64 = 0, count: Int
    ) {
        draw(x, offset: offset, count: count) { eachWord($0) { select(fraction($0) .< probability, 1, 0) } }
    }

    /// `y = x / (1 − rate)`, or 0 with probability `rate`; `y` may be `x`. With the same offset the same elements
    /// are dropped, so that the gradient goes back through this function too.
    public func dropout(
        _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, rate: Float, offset: UInt64 = 0,
        count: Int
    ) {
        guard rate < 1 else { return fill(y, count: count, with: 0) }
        let scale = 1 / (1 - rate)
        forEachGroup(offset: offset, count: count) { words, at in
            let u = eachWord(words) { fraction($0) }
            let isWhole = at >= 0 && at + 32 <= count
            if isWhole {
                let (from, to) = (x + at, y + at)
                select(u.0 .>= rate, Vector(at: from) * scale, Vector()).store(to: to)
                select(u.1 .>= rate, Vector(at: from + 8) * scale, Vector()).store(to: to + 8)
                select(u.2 .>= rate, Vector(at: from + 16) * scale, Vector()).store(to: to + 16)
                select(u.3 .>= rate, Vector(at: from + 24) * scale, Vector()).store(to: to + 24)
            } else {
                forEachLane(of: u, at: at, count: count) { y[$0] = $1 >= rate ? x[$0] * scale : 0 }
            }
        }
    }

    /// Writes what `make` makes of each group of words, where it lies in the span.
    @inline(__always)
    private func draw(
        _ x: UnsafeMutablePointer<Float>, offset: UInt64, count: Int, _ make: (PhiloxWords) -> FourVectors
    ) {
        forEachGroup(offset: offset, count: count) { words, at in
            let values = make(words)
            if at >= 0, at + 32 <= count {
                values.0.store(to: x + at)
                values.1.store(to: x + at + 8)
                values.2.store(to: x + at + 16)
                values.3.store(to: x + at + 24)
            } else {
                forEachLane(of: values, at: at, count: count) { x[$0] = $1 }
            }
        }
    }

    /// Visits the groups that the span touches, with where their first elements lie in it.
    @inline(__always)
    private func forEachGroup(offset: UInt64, count: Int, _ body: (PhiloxWords, _ at: Int) -> Void) {
        var at = -Int(offset % 32)
        var group = offset / 32
        while at < count {
            body(words(group: group), at)
            at += 32
            group &+= 1
        }
    }
}

private typealias FourVectors = (Vector, Vector, Vector, Vector)

@inline(__always)
private func eachWord(_ words: PhiloxWords, _ function: (SIMD8<UInt32>) -> Vector) -> FourVectors {
    (function(words.0), function(words.1), function(words.2), function(words.3))
}

/// Visits, one by one, the elements of a group that lie in a span.
@inline(__always)
private func forEachLane(
    of values: FourVectors, at: Int, count: Int, _ body: (_ place: Int, _ value: Float) -> Void
) {
    withUnsafeBytes(of: values) { values in
        for lane in max(0, -at)..<max(0, -at, min(32, count - at)) {
            body(at + lane, values.load(fromByteOffset: 4 * lane, as: Float.self))
        }
    }
}

/// The upper 24 bits as a fraction.
@inline(__always)
private func fraction(_ bits: SIMD8<UInt32>) -> Vector {
    // Twelve bits at a time, which fit a float's mantissa without a conversion.
    let upper = bits &>> SIMD8<UInt32>(repeating: 20)
    let lower = (bits &>> SIMD8<UInt32>(repeating: 8)) & SIMD8<UInt32>(repeating: 0xFFF)
    let high = Vector(small: unsafeBitCast(upper, to: IntegerVector.self)) * 0x1p-12
    return Vector(small: unsafeBitCast(lower, to: IntegerVector.self))
        .multiplied(by: Vector(repeating: 0x1p-24), adding: high)
}

/// Two normal numbers of two words.
@inline(__always)
private func normals(_ first: SIMD8<UInt32>, _ second: SIMD8<UInt32>) -> (Vector, Vector) {
    let radius = (logarithm(fraction(first) + 0x1p-24) * -2).squareRoot()
    let angle = sineAndCosine(turns: fraction(second))
    return (radius * angle.cosine, radius * angle.sine)
}

/// A standard normal number within ±2 of a word.
@inline(__always)
private func withinTwoDeviations(_ bits: SIMD8<UInt32>) -> Vector {
    // erf(√2): how much of the distribution lies within.
    let within: Float = 0.954_499_74
    let symmetric = (fraction(bits) + 0.5 * 0x1p-24).multiplied(by: Vector(repeating: 2), adding: -1)
    return (inverseErrorFunction(symmetric * within) * Float(2).squareRoot()).clipped(-2, 2)
}
