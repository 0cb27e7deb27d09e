/// Adam: `m += (g − m)(1 − β₁)`, `v += (g² − v)(1 − β₂)`, `parameters −= m · α / (√v + ε)`. AdamW is
/// `decayWeights` before it.
///
/// - `stepSize`: `α = learningRate · √(1 − β₂^t) / (1 − β₁^t)` of step t, from 1.
/// - `velocityHats`: the slot of amsgrad, which is the largest v so far and stands in for it; nil otherwise.
public func updateAdam(
    _ parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, count: Int, stepSize: Float,
    beta1: Double, beta2: Double, epsilon: Float, momentums: UnsafeMutablePointer<Float>,
    velocities: UnsafeMutablePointer<Float>, velocityHats: UnsafeMutablePointer<Float>?
) {
    // The complements are taken in double precision, as Python takes them: in single, 1 − 0.999 is off by 5e-5.
    let (rest1, rest2) = (Float(1 - beta1), Float(1 - beta2))
    if let velocityHats {
        @inline(__always)
        func rule(_ p: inout Vector, _ g: Vector, _ m: inout Vector, _ v: inout Vector, _ hat: inout Vector) {
            m += (g - m) * rest1
            v += (g * g - v) * rest2
            hat = select(hat .< v, v, hat)
            p -= m * stepSize / (hat.squareRoot() + epsilon)
        }
        update(parameters, gradient, count, momentums, velocities, velocityHats, rule)
    } else {
        @inline(__always)
        func rule(_ p: inout Vector, _ g: Vector, _ m: inout Vector, _ v: inout Vector) {
            m += (g - m) * rest1
            v += (g * g - v) * rest2
            p -= m * stepSize / (v.squareRoot() + epsilon)
        }
        update(parameters, gradient, count, momentums, velocities, rule)
    }
}

/// Adamax: `m += (g − m)(1 − β₁)`, `u = max(β₂ u, |g|)`, `parameters −= learningRate · m / ((1 − β₁^t)(u + ε))`.
///
/// - `correction`: `1 − β₁^t` of step t, from 1.
public func updateAdamax(
    _ parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, count: Int,
    learningRate: Float,
    correction: Float, beta1: Double, beta2: Double, epsilon: Float, momentums: UnsafeMutablePointer<Float>,
    norms: UnsafeMutablePointer<Float>
) {
    let (rest1, decay) = (Float(1 - beta1), Float(beta2))
    @inline(__always)
    func rule(_ p: inout Vector, _ g: Vector, _ m: inout Vector, _ u: inout Vector) {
        m += (g - m) * rest1
        let (decayed, magnitude) = (u * decay, g.magnitudes)
        u = select(decayed .> magnitude, decayed, magnitude)
        p -= m * learningRate / ((u + epsilon) * correction)
    }
    update(parameters, gradient, count, momentums, norms, rule)
}

/// Nadam: Adam's slots, and `parameters −= learningRate · m̂ / (√(v / (1 − β₂^t)) + ε)`, where
/// `m̂ = m · momentumFactor + g · gradientFactor`.
///
/// Keras takes this optimizer's complements, `1 − β`, in single precision.
///
/// - `momentumFactor`: `u_{t+1} / (1 − Π u_{1…t+1})`, with `u_t = β₁ (1 − 0.96^t / 2)`.
/// - `gradientFactor`: `(1 − u_t) / (1 − Π u_{1…t})`.
/// - `velocityCorrection`: `1 − β₂^t`.
public func updateNadam(
    _ parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, count: Int,
    learningRate: Float,
    momentumFactor: Float, gradientFactor: Float, velocityCorrection: Float, beta1: Float, beta2: Float,
    epsilon: Float, momentums: UnsafeMutablePointer<Float>, velocities: UnsafeMutablePointer<Float>
) {
    @inline(__always)
    func rule(_ p: inout Vector, _ g: Vector, _ m: inout Vector, _ v: inout Vector) {
        m += (g - m) * (1 - beta1)
        v += (g * g - v) * (1 - beta2)
        let estimate = m * momentumFactor + g * gradientFactor
        p -= estimate * learningRate / ((v / velocityCorrection).squareRoot() + epsilon)
    }
    update(parameters, gradient, count, momentums, velocities, rule)
}
