#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// RMSprop: `v = ρ v + (1 − ρ) g²`, `parameters −= learningRate · g / √(v + ε)`.
///
/// - `momentum`: where above 0, `m = momentum · m + increment` is subtracted instead of the increment.
/// - `momentums`: the slot m; nil without momentum.
/// - `averageGradients`: the slot `a = ρ a + (1 − ρ) g` of the centered form, whose denominator is
///   `√(v − a² + ε)`; nil otherwise.
public func updateRMSprop(
    _ parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, count: Int,
    learningRate: Float,
    rho: Double, momentum: Float, epsilon: Float, velocities: UnsafeMutablePointer<Float>,
    momentums: UnsafeMutablePointer<Float>?, averageGradients: UnsafeMutablePointer<Float>?
) {
    let (rho, rest) = (Float(rho), Float(1 - rho))
    @inline(__always)
    func increment(_ g: Vector, _ v: inout Vector, mean: Vector) -> Vector {
        v = v * rho + g * g * rest
        return g * learningRate / (v - mean * mean + epsilon).squareRoot()
    }
    switch (momentums, averageGradients) {
    case (nil, nil):
        update(parameters, gradient, count, velocities) { p, g, v in p -= increment(g, &v, mean: Vector()) }
    case (let momentums?, nil):
        update(parameters, gradient, count, velocities, momentums) { p, g, v, m in
            m = m * momentum + increment(g, &v, mean: Vector())
            p -= m
        }
    case (nil, let averages?):
        update(parameters, gradient, count, velocities, averages) { p, g, v, a in
            a = a * rho + g * rest
            p -= increment(g, &v, mean: a)
        }
    case (let momentums?, let averages?):
        update(parameters, gradient, count, velocities, momentums, averages) { p, g, v, m, a in
            a = a * rho + g * rest
            m = m * momentum + increment(g, &v, mean: a)
            p -= m
        }
    }
}

/// Adagrad: `a += g²`, `parameters −= learningRate · g / √(a + ε)`.
public func updateAdagrad(
    _ parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, count: Int,
    learningRate: Float,
    epsilon: Float, accumulators: UnsafeMutablePointer<Float>
) {
    @inline(__always)
    func rule(_ p: inout Vector, _ g: Vector, _ a: inout Vector) {
        a += g * g
        p -= g * learningRate / (a + epsilon).squareRoot()
    }
    update(parameters, gradient, count, accumulators, rule)
}

/// Adadelta: `a = ρ a + (1 − ρ) g²`, `δ = −g √(d + ε) / √(a + ε)`, `d = ρ d + (1 − ρ) δ²`,
/// `parameters += learningRate · δ`.
public func updateAdadelta(
    _ parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, count: Int,
    learningRate: Float,
    rho: Double, epsilon: Float, accumulatedGradients: UnsafeMutablePointer<Float>,
    accumulatedDeltas: UnsafeMutablePointer<Float>
) {
    let (rho, rest) = (Float(rho), Float(1 - rho))
    @inline(__always)
    func rule(_ p: inout Vector, _ g: Vector, _ a: inout Vector, _ d: inout Vector) {
        a = a * rho + g * g * rest
        let delta = -((d + epsilon).squareRoot() * g / (a + epsilon).squareRoot())
        d = d * rho + delta * delta * rest
        p += delta * learningRate
    }
    update(parameters, gradient, count, accumulatedGradients, accumulatedDeltas, rule)
}

/// FTRL with `l2 = l2Regularization + beta / (2 · learningRate)`, as Keras's `Ftrl`; the powers of the accumulator
/// are `−learningRatePower`.
public func updateFtrl(
    _ parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, count: Int,
    learningRate: Float,
    learningRatePower: Float, l1Regularization: Float, l2Regularization: Float, l2Shrinkage: Float,
    beta: Float,
    accumulators: UnsafeMutablePointer<Float>, linears: UnsafeMutablePointer<Float>
) {
    let l2 = l2Regularization + beta / (2 * learningRate)
    @inline(__always)
    func step(
        _ p: inout Vector, _ g: Vector, _ a: inout Vector, _ l: inout Vector, _ power: (Vector) -> Vector
    ) {
        let shrunk = g + p * (2 * l2Shrinkage)
        let next = a + g * g
        let powered = power(next)
        l += shrunk - (powered - power(a)) / learningRate * p
        let quadratic = powered / learningRate + 2 * l2
        p = (l.clipped(-l1Regularization, l1Regularization) - l) / quadratic
        a = next
    }
    if learningRatePower == -0.5 {
        update(parameters, gradient, count, accumulators, linears) { p, g, a, l in
            step(&p, g, &a, &l) { $0.squareRoot() }
        }
    } else {
        update(parameters, gradient, count, accumulators, linears) { p, g, a, l in
            step(&p, g, &a, &l) { powers($0, -learningRatePower) }
        }
    }
}

/// `x^exponent` for x ≥ 0, lane by lane in double precision: only unusual settings of Ftrl need it.
private func powers(_ x: Vector, _ exponent: Float) -> Vector {
    var y = Vector()
    for lane in 0..<8 { y[lane] = Float(pow(Double(x[lane]), Double(exponent))) }
    return y
}
