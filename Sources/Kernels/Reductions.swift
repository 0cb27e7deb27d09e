/// Reductions in a fixed order: the result's bits depend on the values and the count alone.

/// The sum, in double precision. Zero for an empty span.
public func sum(_ x: UnsafePointer<Float>, count: Int) -> Double {
    reduce(count: count) {
        SIMD8<Double>(Vector(at: x + $0))
    } element: {
        Double(x[$0])
    }
}

/// The sum of squares, in double precision.
public func sumOfSquares(_ x: UnsafePointer<Float>, count: Int) -> Double {
    reduce(count: count) {
        let wide = SIMD8<Double>(Vector(at: x + $0))
        return wide * wide
    } element: {
        Double(x[$0]) * Double(x[$0])
    }
}

/// The sum of magnitudes, in double precision.
public func sumOfMagnitudes(_ x: UnsafePointer<Float>, count: Int) -> Double {
    reduce(count: count) {
        SIMD8<Double>(Vector(at: x + $0).magnitudes)
    } element: {
        Double(x[$0].magnitude)
    }
}

/// `Σ x · y`, in double precision.
public func dot(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, count: Int) -> Double {
    reduce(count: count) {
        SIMD8<Double>(Vector(at: x + $0)) * SIMD8<Double>(Vector(at: y + $0))
    } element: {
        Double(x[$0]) * Double(y[$0])
    }
}

/// The largest element: −∞ for an empty span, NaN if any is.
public func maximum(_ x: UnsafePointer<Float>, count: Int) -> Float {
    var peak = Vector(repeating: -.infinity)
    forEachVector(count) {
        let value = Vector(at: x + $0)
        peak = select((value .> peak) .| (value .!= value), value, peak)
    } rest: {
        let value = Vector(at: x + $0, count: $1, padding: -.infinity)
        peak = select((value .> peak) .| (value .!= value), value, peak)
    }
    return peak.largest
}

/// The smallest element: +∞ for an empty span, NaN if any is.
public func minimum(_ x: UnsafePointer<Float>, count: Int) -> Float {
    var negated = Vector(repeating: -.infinity)
    forEachVector(count) {
        let value = -Vector(at: x + $0)
        negated = select((value .> negated) .| (value .!= value), value, negated)
    } rest: {
        let value = -Vector(at: x + $0, count: $1, padding: .infinity)
        negated = select((value .> negated) .| (value .!= value), value, negated)
    }
    return -negated.largest
}

/// The place of the first of the largest elements; a NaN counts as the largest, as in NumPy. Zero if empty.
public func argmax(_ x: UnsafePointer<Float>, count: Int) -> Int {
    var place = 0
    for index in 0..<count where !(x[index] <= x[place]) {
        place = index
        if x[index] != x[index] { break }
    }
    return place
}

/// `sums[j] = Σ_i x[i, j]` of a matrix with rows `leading` apart, added to what is there if `accumulate`.
/// Rows are summed in blocks of 64 and the blocks' sums added, so that the error grows with the blocks alone.
public func columnSums(
    _ x: UnsafePointer<Float>, rows: Int, columns: Int, leading: Int? = nil,
    to sums: UnsafeMutablePointer<Float>, accumulate: Bool = false
) {
    let leading = leading ?? columns
    let wide = columns & ~31
    for column in stride(from: 0, to: wide, by: 32) {
        let start = accumulate ? FourVectors(at: UnsafePointer(sums) + column) : FourVectors()
        columnSum(x + column, rows: rows, leading: leading, start: start) { FourVectors(at: $0) }
            .store(to: sums + column)
    }
    let (x, sums) = (x + wide, sums + wide)
    forEachPiece(columns &- wide) { column, lanes in
        let start = accumulate ? Vector(at: UnsafePointer(sums) + column, lanes: lanes) : Vector()
        columnSum(x + column, rows: rows, leading: leading, start: start) { Vector(at: $0, lanes: lanes) }
            .store(to: sums + column, lanes: lanes)
    }
}

@inline(__always)
private func columnSum<Columns: Summable>(
    _ x: UnsafePointer<Float>, rows: Int, leading: Int, start: Columns,
    load: (UnsafePointer<Float>) -> Columns
) -> Columns {
    var total = start
    var first = 0
    while first < rows {
        let end = min(first &+ 64, rows)
        var (even, odd) = (Columns(), Columns())
        var row = first
        while row &+ 2 <= end {
            even += load(x + row &* leading)
            odd += load(x + (row &+ 1) &* leading)
            row &+= 2
        }
        if row < end { even += load(x + row &* leading) }
        even += odd
        total += even
        first = end
    }
    return total
}

/// What `columnSum` adds up, from zeros.
private protocol Summable {
    init()
    static func += (sum: inout Self, value: Self)
}

extension Vector: Summable {}

/// Two cache lines: of a matrix that is too large for the cache, narrower columns would fetch each line again.
private struct FourVectors: Summable {
    var (x, y, z, w) = (Vector(), Vector(), Vector(), Vector())

    @inline(__always)
    init() {}

    @inline(__always)
    init(at pointer: UnsafePointer<Float>) {
        x = Vector(at: pointer)
        y = Vector(at: pointer + 8)
        z = Vector(at: pointer + 16)
        w = Vector(at: pointer + 24)
    }

    @inline(__always)
    func store(to pointer: UnsafeMutablePointer<Float>) {
        x.store(to: pointer)
        y.store(to: pointer + 8)
        z.store(to: pointer + 16)
        w.store(to: pointer + 24)
    }

    @inline(__always)
    static func += (sum: inout Self, value: Self) {
        sum.x += value.x
        sum.y += value.y
        sum.z += value.z
        sum.w += value.w
    }
}

/// `sums[i] = Σ_j x[i, j]` of a matrix with rows `leading` apart, added to what is there if `accumulate`.
public func rowSums(
    _ x: UnsafePointer<Float>, rows: Int, columns: Int, leading: Int? = nil,
    to sums: UnsafeMutablePointer<Float>, accumulate: Bool = false
) {
    let leading = leading ?? columns
    for row in 0..<rows {
        let total = sum(x + row * leading, count: columns)
        sums[row] = accumulate ? Float(Double(sums[row]) + total) : Float(total)
    }
}

/// `Σ x · y` in single precision, for rows too short to lose digits.
@inline(__always)
func shortDot(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, count: Int) -> Float {
    var total = Vector()
    forEachVector(count) {
        total.addProduct(Vector(at: x + $0), Vector(at: y + $0))
    } rest: {
        total.addProduct(Vector(at: x + $0, count: $1), Vector(at: y + $0, count: $1))
    }
    return total.total
}

/// Adds up sixteen doubles at a time, then the rest one by one.
@inline(__always)
private func reduce(
    count: Int, eight: (Int) -> SIMD8<Double>, element: (Int) -> Double
) -> Double {
    var (even, odd) = (SIMD8<Double>(), SIMD8<Double>())
    var index = 0
    while index &+ 16 <= count {
        even += eight(index)
        odd += eight(index &+ 8)
        index &+= 16
    }
    let lanes = even + odd
    let four = lanes.lowHalf + lanes.highHalf
    var total = (four.x + four.z) + (four.y + four.w)
    while index < count {
        total += element(index)
        index &+= 1
    }
    return total
}
