/// Exponentials and logarithms of eight lanes, after Cephes (`expf.c`, `logf.c`), with fused products.
/// At most 2 units in the last place from the true value; ±∞, NaN and denormals as the C library has them.

/// `(exp(r) − 1 − r) / r²` for `|r| ≤ ln 2 / 2`.
@inline(__always)
func exponentialTail(_ r: Vector) -> Vector {
    var p = Vector(repeating: 1.987_569_15e-4)
    p = p.multiplied(by: r, adding: 1.398_199_95e-3)
    p = p.multiplied(by: r, adding: 8.333_451_9e-3)
    p = p.multiplied(by: r, adding: 4.166_579_6e-2)
    p = p.multiplied(by: r, adding: 1.666_666_5e-1)
    return p.multiplied(by: r, adding: 0.5)
}

/// `x = n · ln 2 + r`: the remainder and the integer. `|x| < 2^22`.
@inline(__always)
func reduceByLogarithmOfTwo(_ x: Vector) -> (remainder: Vector, power: IntegerVector) {
    // Adding 1.5 · 2^23 rounds to an integer and leaves it in the low bits.
    let magic: Float = 12_582_912
    let shifted = x.multiplied(by: Vector(repeating: 1.442_695_04), adding: magic)
    let n = shifted - magic
    var r = n.multiplied(by: Vector(repeating: -0.693_359_375), adding: x)
    r = n.multiplied(by: Vector(repeating: 2.121_944_4e-4), adding: r)
    return (r, shifted.bits &- IntegerVector(repeating: 0x4B40_0000))
}

/// `2^n` for `-126 ≤ n ≤ 127`, and zero for `n = -127`.
@inline(__always)
func powerOfTwo(_ n: IntegerVector) -> Vector {
    Vector(bits: (n &+ IntegerVector(repeating: 127)) &<< IntegerVector(repeating: 23))
}

/// `e^x`.
@inline(__always)
func exponential(_ x: Vector) -> Vector {
    let (r, n) = reduceByLogarithmOfTwo(x.clipped(-104, 89))
    let y = exponentialTail(r).multiplied(by: r * r, adding: r) + 1
    // Two factors, because 2^n alone leaves the range of normal numbers at both ends.
    let half = n &>> IntegerVector(repeating: 1)
    return y * powerOfTwo(half) * powerOfTwo(n &- half)
}

/// `e^x` for arguments known to be at most zero or NaN: results under half of the smallest normal number are zero.
@inline(__always)
func exponentialOfNegative(_ x: Vector) -> Vector {
    // At the bound n is −127, for which the power's bits are those of zero.
    let (r, n) = reduceByLogarithmOfTwo(x.atLeast(Vector(repeating: -88)))
    let y = exponentialTail(r).multiplied(by: r * r, adding: r) + 1
    return y * powerOfTwo(n)
}

/// `e^x − 1`, exact to the last places near zero too.
@inline(__always)
func exponentialMinusOne(_ x: Vector) -> Vector {
    let (r, n) = reduceByLogarithmOfTwo(x.clipped(-18, 89))
    let inner = exponentialTail(r).multiplied(by: r * r, adding: r)
    // Half the power, doubled at the end, keeps 2^128 out.
    let scale = powerOfTwo(n &- IntegerVector(repeating: 1))
    let y = inner.multiplied(by: scale, adding: scale - 0.5)
    return select(x.magnitudes .< 1e-10, x, y + y)
}

/// The natural logarithm.
@inline(__always)
func logarithm(_ x: Vector) -> Vector {
    let isSmall = x .< Float.leastNormalMagnitude
    let scaled = select(isSmall, x * 8_388_608, x)
    // The mantissa between √½ and √2, and the exponent that goes with it.
    let offset = scaled.bits &- IntegerVector(repeating: 0x3F35_04F3)
    let exponent = offset &>> IntegerVector(repeating: 23)
    let m = Vector(bits: scaled.bits &- (exponent &<< IntegerVector(repeating: 23))) - 1
    let e = Vector(small: exponent) - select(isSmall, 23, 0)
    let square = m * m
    var p = Vector(repeating: 7.037_683_6e-2)
    p = p.multiplied(by: m, adding: -1.151_461_03e-1)
    p = p.multiplied(by: m, adding: 1.167_699_87e-1)
    p = p.multiplied(by: m, adding: -1.242_014_08e-1)
    p = p.multiplied(by: m, adding: 1.424_932_28e-1)
    p = p.multiplied(by: m, adding: -1.666_805_77e-1)
    p = p.multiplied(by: m, adding: 2.000_071_48e-1)
    p = p.multiplied(by: m, adding: -2.499_999_4e-1)
    p = p.multiplied(by: m, adding: 3.333_333_1e-1)
    var y = p * m * square
    y = e.multiplied(by: Vector(repeating: -2.121_944_4e-4), adding: y)
    y = square.multiplied(by: Vector(repeating: -0.5), adding: y)
    y = e.multiplied(by: Vector(repeating: 0.693_359_375), adding: m + y)
    y = select(x .== .infinity, x, y)
    y = y.replacing(with: -.infinity, where: x .== 0)
    return y.replacing(with: .nan, where: .!(x .>= 0))
}

/// `log(1 + x)`, exact to the last places near zero too.
@inline(__always)
func logarithmOfOnePlus(_ x: Vector) -> Vector {
    let u = x + 1
    // What rounding 1 + x lost is given back to first order.
    let y = logarithm(u) + (x - (u - 1)) / u
    // The sum is x itself for infinities, and −∞ at −1, where the correction is 0/0.
    return select(u .== .infinity, u, y).replacing(with: -.infinity, where: u .== 0)
}
