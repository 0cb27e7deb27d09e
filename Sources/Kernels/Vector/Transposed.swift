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
        func row(_ i: Int) -> Vector { i < rows ? Vector(at: source + i * leading + k) : Vector() }
        let block = Transposed(row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7))
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

/// Eight vectors transposed, by three rounds of interleaving.
private struct Transposed {
    let row0, row1, row2, row3, row4, row5, row6, row7: Vector

    @inline(__always)
    init(
        _ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector, _ e: Vector, _ f: Vector, _ g: Vector, _ h: Vector
    ) {
        let (ab, cd) = (Self.interleave(a, b), Self.interleave(c, d))
        let (ef, gh) = (Self.interleave(e, f), Self.interleave(g, h))
        let (low, high) = (Self.pairs(ab.low, cd.low), Self.pairs(ab.high, cd.high))
        let (lowRest, highRest) = (Self.pairs(ef.low, gh.low), Self.pairs(ef.high, gh.high))
        row0 = Vector(lowHalf: low.first.lowHalf, highHalf: lowRest.first.lowHalf)
        row1 = Vector(lowHalf: low.second.lowHalf, highHalf: lowRest.second.lowHalf)
        row2 = Vector(lowHalf: high.first.lowHalf, highHalf: highRest.first.lowHalf)
        row3 = Vector(lowHalf: high.second.lowHalf, highHalf: highRest.second.lowHalf)
        row4 = Vector(lowHalf: low.first.highHalf, highHalf: lowRest.first.highHalf)
        row5 = Vector(lowHalf: low.second.highHalf, highHalf: lowRest.second.highHalf)
        row6 = Vector(lowHalf: high.first.highHalf, highHalf: highRest.first.highHalf)
        row7 = Vector(lowHalf: high.second.highHalf, highHalf: highRest.second.highHalf)
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
