/// Bounded functions of eight lanes, at most a few units in the last place from the true value.

/// `1 / (1 + e^−x)`, by the exponential of `−|x|`, so that neither tail overflows nor loses its digits. Results under half
/// of the smallest normal number are zero.
@inline(__always)
func logistic(_ x: Vector) -> Vector {
    let e = exponentialOfNegative(-x.magnitudes)
    // One, or e where the sign is set, without a comparison.
    let one = Vector(repeating: 1)
    let isNegative = x.bits &>> IntegerVector(repeating: 31)
    return Vector(bits: one.bits ^ ((one.bits ^ e.bits) & isNegative)) / (e + 1)
}

/// `tanh x = (e^2x − 1) / (e^2x + 1)`.
@inline(__always)
func hyperbolicTangent(_ x: Vector) -> Vector {
    let (r, n) = reduceByLogarithmOfTwo((x.magnitudes * 2).atMost(Vector(repeating: 20)))
    let scale = powerOfTwo(n)
    let t = exponentialTail(r).multiplied(by: r * r, adding: r).multiplied(by: scale, adding: scale - 1)
    return (t / (t + 2)).withSigns(of: x)
}

/// `log(1 + e^x)`.
@inline(__always)
func softplus(_ x: Vector) -> Vector {
    x.atLeast(Vector()) + logarithmOfOnePlus(exponential(-x.magnitudes))
}

/// The error function, by a polynomial below 0.93 and `1 − e^p` above.
@inline(__always)
func errorFunction(_ x: Vector) -> Vector {
    let t = x.magnitudes.atMost(Vector(repeating: 10))
    let s = x * x
    var outer = t.multiplied(by: Vector(repeating: -1.728_534_7e-5), adding: 3.831_971_26e-4)
    let u = t.multiplied(by: Vector(repeating: -3.883_964_38e-3), adding: 2.425_462_19e-2)
    outer = outer.multiplied(by: t * t, adding: u)
    outer = outer.multiplied(by: t, adding: -1.067_778_77e-1)
    outer = outer.multiplied(by: t, adding: -6.348_466_87e-1)
    outer = outer.multiplied(by: t, adding: -1.287_175_12e-1)
    outer = outer.multiplied(by: t, adding: -t)
    outer = (1 - exponential(outer)).withSigns(of: x)
    var inner = Vector(repeating: -5.967_617_03e-4)
    inner = inner.multiplied(by: s, adding: 4.991_194_23e-3)
    inner = inner.multiplied(by: s, adding: -2.676_813_49e-2)
    inner = inner.multiplied(by: s, adding: 1.128_199_25e-1)
    inner = inner.multiplied(by: s, adding: -3.761_253_36e-1)
    inner = inner.multiplied(by: s, adding: 1.283_791_66e-1)
    inner = inner.multiplied(by: x, adding: x)
    return select(t .> 0.927_734_375, outer, inner)
}

/// The inverse of the error function on (−1, 1), after Giles, "Approximating the erfinv function" (2010).
@inline(__always)
func inverseErrorFunction(_ x: Vector) -> Vector {
    let w = -logarithm((1 - x) * (1 + x))
    let c = w - 2.5
    var central = Vector(repeating: 2.810_226_36e-8)
    central = central.multiplied(by: c, adding: 3.432_739_39e-7)
    central = central.multiplied(by: c, adding: -3.523_387_7e-6)
    central = central.multiplied(by: c, adding: -4.391_506_54e-6)
    central = central.multiplied(by: c, adding: 2.185_808_7e-4)
    central = central.multiplied(by: c, adding: -1.253_725_03e-3)
    central = central.multiplied(by: c, adding: -4.177_681_64e-3)
    central = central.multiplied(by: c, adding: 2.466_407_27e-1)
    central = central.multiplied(by: c, adding: 1.501_409_41)
    let d = w.squareRoot() - 3
    var tail = Vector(repeating: -2.002_142_57e-4)
    tail = tail.multiplied(by: d, adding: 1.009_505_58e-4)
    tail = tail.multiplied(by: d, adding: 1.349_343_22e-3)
    tail = tail.multiplied(by: d, adding: -3.673_428_44e-3)
    tail = tail.multiplied(by: d, adding: 5.739_507_73e-3)
    tail = tail.multiplied(by: d, adding: -7.622_461_3e-3)
    tail = tail.multiplied(by: d, adding: 9.438_870_47e-3)
    tail = tail.multiplied(by: d, adding: 1.001_674_06)
    tail = tail.multiplied(by: d, adding: 2.832_976_82)
    return select(w .< 5, central, tail) * x
}

/// The sine and cosine of `2π·turns` for turns in [0, 1).
@inline(__always)
func sineAndCosine(turns: Vector) -> (sine: Vector, cosine: Vector) {
    // Quarter turns: the angle left over lies within ±π/4.
    let magic: Float = 12_582_912
    let shifted = turns.multiplied(by: Vector(repeating: 4), adding: magic)
    let quarter = shifted.bits
    let angle = (turns - (shifted - magic) * 0.25) * (2 * Float.pi)
    let s = angle * angle
    var sine = Vector(repeating: -1.951_529_6e-4)
    sine = sine.multiplied(by: s, adding: 8.332_161e-3)
    sine = sine.multiplied(by: s, adding: -1.666_665_5e-1)
    sine = (sine * s).multiplied(by: angle, adding: angle)
    var cosine = Vector(repeating: 2.443_315_7e-5)
    cosine = cosine.multiplied(by: s, adding: -1.388_731_6e-3)
    cosine = cosine.multiplied(by: s, adding: 4.166_664_6e-2)
    cosine = (cosine * s).multiplied(by: s, adding: s.multiplied(by: Vector(repeating: -0.5), adding: 1))
    let isOdd = (quarter & IntegerVector(repeating: 1)) .!= 0
    let sineSign = (quarter & IntegerVector(repeating: 2)) &<< IntegerVector(repeating: 30)
    let cosineSign =
        ((quarter &+ IntegerVector(repeating: 1)) & IntegerVector(repeating: 2))
        &<< IntegerVector(repeating: 30)
    return (
        Vector(bits: select(isOdd, cosine, sine).bits ^ sineSign),
        Vector(bits: select(isOdd, sine, cosine).bits ^ cosineSign)
    )
}
