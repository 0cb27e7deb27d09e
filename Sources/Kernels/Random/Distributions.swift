/// Spans of a stream of random floats. Element i of a stream is always the same number, whatever span it is drawn
/// in: `offset` says where in the stream the span begins.
extension Philox {
    /// Numbers uniform in [0, 1), multiples of 2^−24; then `lower + (upper − lower) · u`.
    public func uniform(
        _ x: UnsafeMutablePointer<Float>, offset: UInt64 = 0, count: Int, lower: Float = 0, upper: Float = 1
    ) {
        let width = Vector(repeating: upper - lower)
        forEachWord(offset: offset, count: count) { bits, at, lanes in
            let value = Self.fraction(bits).multiplied(by: width, adding: lower)
            // Rounding may reach the upper bound, which is left out.
            store(value.atMost(Vector(repeating: max(lower, upper.nextDown))), to: x + at, lanes)
        }
    }

    /// Numbers of a normal distribution, by Box and Muller.
    public func normal(
        _ x: UnsafeMutablePointer<Float>, offset: UInt64 = 0, count: Int, mean: Float = 0,
        standardDeviation: Float = 1
    ) {
        forEachGroup(offset: offset, count: count) { words in
            let (a, b) = Self.normals(words.0, words.1)
            let (c, d) = Self.normals(words.2, words.3)
            return (a, b, c, d)
        } store: { value, at, lanes in
            let scaled = value.multiplied(by: Vector(repeating: standardDeviation), adding: mean)
            store(scaled, to: x + at, lanes)
        }
    }

    /// Numbers of a normal distribution cut off two standard deviations from its mean, by its inverse.
    public func truncatedNormal(
        _ x: UnsafeMutablePointer<Float>, offset: UInt64 = 0, count: Int, mean: Float = 0,
        standardDeviation: Float = 1
    ) {
        // erf(√2): how much of the distribution lies within.
        let within: Float = 0.954_499_74
        forEachWord(offset: offset, count: count) { bits, at, lanes in
            let symmetric = (Self.fraction(bits) + 0.5 * 0x1p-24).multiplied(
                by: Vector(repeating: 2), adding: -1)
            let value = (inverseErrorFunction(symmetric * within) * Float(2).squareRoot()).clipped(-2, 2)
            store(value.multiplied(by: Vector(repeating: standardDeviation), adding: mean), to: x + at, lanes)
        }
    }

    /// `y = x / (1 − rate)`, or 0 with probability `rate`; `y` may be `x`. With the same offset the same elements
    /// are dropped, so that the gradient goes back through this function too.
    public func dropout(
        _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, rate: Float, offset: UInt64 = 0,
        count: Int
    ) {
        guard rate < 1 else { return fill(y, count: count, with: 0) }
        let scale = 1 / (1 - rate)
        forEachWord(offset: offset, count: count) { bits, at, lanes in
            let value = load(x + at, lanes)
            store(select(Self.fraction(bits) .>= rate, value * scale, Vector()), to: y + at, lanes)
        }
    }

    /// 1 with probability `probability`, else 0.
    public func bernoulli(
        _ x: UnsafeMutablePointer<Float>, probability: Float, offset: UInt64 = 0, count: Int
    ) {
        forEachWord(offset: offset, count: count) { bits, at, lanes in
            store(select(Self.fraction(bits) .< probability, 1, 0), to: x + at, lanes)
        }
    }

    /// The upper 24 bits as a fraction.
    @inline(__always)
    private static func fraction(_ bits: SIMD8<UInt32>) -> Vector {
        let shifted = bits &>> SIMD8<UInt32>(repeating: 8)
        return Vector(unsafeBitCast(shifted, to: IntegerVector.self)) * 0x1p-24
    }

    /// Two normal numbers of two words.
    @inline(__always)
    private static func normals(_ first: SIMD8<UInt32>, _ second: SIMD8<UInt32>) -> (Vector, Vector) {
        let radius = (logarithm(fraction(first) + 0x1p-24) * -2).squareRoot()
        let angle = sineAndCosine(turns: fraction(second))
        return (radius * angle.cosine, radius * angle.sine)
    }

    /// Visits the words of a span, eight lanes at a time.
    @inline(__always)
    private func forEachWord(
        offset: UInt64, count: Int, _ body: (SIMD8<UInt32>, _ at: Int, _ lanes: Range<Int>) -> Void
    ) {
        forEachGroup(offset: offset, count: count, { $0 }, store: body)
    }

    /// Makes values of a group's words, and hands on those that lie in the span: where the first lane goes (before
    /// the span, where it is not one of `lanes`), and which lanes.
    @inline(__always)
    private func forEachGroup<Value>(
        offset: UInt64, count: Int, _ make: (PhiloxWords) -> (Value, Value, Value, Value),
        store: (Value, _ at: Int, _ lanes: Range<Int>) -> Void
    ) {
        var at = -Int(offset % 32)
        var group = offset / 32
        while at < count {
            let values = make(words(group: group))
            func lanes(_ at: Int) -> Range<Int> {
                let first = max(0, min(8, -at))
                return first..<max(first, min(8, count - at))
            }
            if at >= 0, at + 32 <= count {
                store(values.0, at, 0..<8)
                store(values.1, at + 8, 0..<8)
                store(values.2, at + 16, 0..<8)
                store(values.3, at + 24, 0..<8)
            } else {
                store(values.0, at, lanes(at))
                store(values.1, at + 8, lanes(at + 8))
                store(values.2, at + 16, lanes(at + 16))
                store(values.3, at + 24, lanes(at + 24))
            }
            at += 32
            group &+= 1
        }
    }
}

@inline(__always)
private func load(_ x: UnsafePointer<Float>, _ lanes: Range<Int>) -> Vector {
    if lanes.count == 8 { return Vector(at: x) }
    var value = Vector()
    for lane in lanes { value[lane] = x[lane] }
    return value
}

@inline(__always)
private func store(_ value: Vector, to x: UnsafeMutablePointer<Float>, _ lanes: Range<Int>) {
    if lanes.count == 8 { return value.store(to: x) }
    for lane in lanes { x[lane] = value[lane] }
}
