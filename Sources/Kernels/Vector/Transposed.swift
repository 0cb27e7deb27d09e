/// `target[k · step + i] = source[i · leading + k]` for `rows` (1 to 8) rows i; the other lanes are zero or, from
/// `width` on, overwritten by the next depth. After the last depth up to `8 − width` floats are overwritten.
@inline(__always)
func transposeRows(
    _ source: UnsafePointer<Float>, leading: Int, rows: Int, length: Int,
    to target: UnsafeMutablePointer<Float>, step: Int, width: Int
) {
    var k = 0
    while k + 8 <= length {
        @inline(__always)
        func four(_ i: Int, _ k: Int) -> SIMD4<Float> {
            i < rows
                ? UnsafeRawPointer(source + i * leading + k).loadUnaligned(as: SIMD4<Float>.self) : SIMD4()
        }
        @inline(__always)
        func fours(_ i: Int, _ k: Int) -> Vector {
            Vector(lowHalf: four(i, k), highHalf: four(i + 4, k))
        }
        let block = Transposed(
            fours(0, k), fours(1, k), fours(2, k), fours(3, k),
            fours(0, k + 4), fours(1, k + 4), fours(2, k + 4), fours(3, k + 4))
        block.row0.store(to: target + k * step)
        block.row1.store(to: target + (k + 1) * step)
        block.row2.store(to: target + (k + 2) * step)
        block.row3.store(to: target + (k + 3) * step)
        block.row4.store(to: target + (k + 4) * step)
        block.row5.store(to: target + (k + 5) * step)
        block.row6.store(to: target + (k + 6) * step)
        block.row7.store(to: target + (k + 7) * step)
        k += 8
    }
    while k < length {
        for i in 0..<width { target[k * step + i] = i < rows ? source[i * leading + k] : 0 }
        k += 1
    }
}

/// Eight rows of eight transposed. They are loaded in halves, which spares a round of shuffles across the whole vector.
private struct Transposed {
    let row0, row1, row2, row3, row4, row5, row6, row7: Vector

    /// - `a`: the first four of row 0, and of row 4; `b`, `c` and `d` likewise of rows 1 and 5, 2 and 6, 3 and 7.
    /// - `e`: the last four of rows 0 and 4, and so on.
    @inline(__always)
    init(
        _ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector, _ e: Vector, _ f: Vector, _ g: Vector, _ h: Vector
    ) {
        let (ab, cd) = (Self.interleave(a, b), Self.interleave(c, d))
        (row0, row1) = Self.pairs(ab.low, cd.low)
        (row2, row3) = Self.pairs(ab.high, cd.high)
        let (ef, gh) = (Self.interleave(e, f), Self.interleave(g, h))
        (row4, row5) = Self.pairs(ef.low, gh.low)
        (row6, row7) = Self.pairs(ef.high, gh.high)
    }

    /// Interleaves within each half: `x0 y0 x1 y1 | x4 y4 x5 y5` and `x2 y2 x3 y3 | x6 y6 x7 y7`.
    @inline(__always)
    private static func interleave(_ x: Vector, _ y: Vector) -> (low: Vector, high: Vector) {
        (
            Vector(x[0], y[0], x[1], y[1], x[4], y[4], x[5], y[5]),
            Vector(x[2], y[2], x[3], y[3], x[6], y[6], x[7], y[7])
        )
    }

    /// The pairs of `x` and `y` side by side: `x0 x1 y0 y1 | x4 x5 y4 y5` and `x2 x3 y2 y3 | x6 x7 y6 y7`.
    @inline(__always)
    private static func pairs(_ x: Vector, _ y: Vector) -> (first: Vector, second: Vector) {
        (
            Vector(x[0], x[1], y[0], y[1], x[4], x[5], y[4], y[5]),
            Vector(x[2], x[3], y[2], y[3], x[6], x[7], y[6], y[7])
        )
    }
}
