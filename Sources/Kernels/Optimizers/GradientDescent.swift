/// Updates of `count` parameters in one pass, as `keras.optimizers` defines them. `gradient` is read only; the
/// slots are updated in place.

/// SGD: `parameters −= learningRate · gradient`.
public func updateSGD(
    _ parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, count: Int, learningRate: Float
) {
    let rate = Vector(repeating: -learningRate)
    map(gradient, parameters, to: parameters, count: count) { $0.multiplied(by: rate, adding: $1) }
}

/// SGD with momentum: `m = momentum · m − learningRate · gradient`, then `parameters += m`, or with Nesterov
/// `parameters += momentum · m − learningRate · gradient`.
public func updateMomentumSGD(
    _ parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, count: Int,
    learningRate: Float,
    momentum: Float, nesterov: Bool, momentums: UnsafeMutablePointer<Float>
) {
    if nesterov {
        update(parameters, gradient, count, momentums) { p, g, m in
            m = m * momentum - g * learningRate
            p += m * momentum - g * learningRate
        }
    } else {
        update(parameters, gradient, count, momentums) { p, g, m in
            m = m * momentum - g * learningRate
            p += m
        }
    }
}

/// Lion: `parameters −= learningRate · sign(β₁ m + (1 − β₁) gradient)`, then `m = β₂ m + (1 − β₂) gradient`.
public func updateLion(
    _ parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, count: Int,
    learningRate: Float,
    beta1: Float, beta2: Float, momentums: UnsafeMutablePointer<Float>
) {
    update(parameters, gradient, count, momentums) { p, g, m in
        p -= signs(m * beta1 + g * (1 - beta1)) * learningRate
        m = m * beta2 + g * (1 - beta2)
    }
}

/// Weight decay as AdamW and every optimizer with `weight_decay` apply it, before the step:
/// `parameters −= parameters · weightDecay · learningRate`.
public func decayWeights(
    _ parameters: UnsafeMutablePointer<Float>, count: Int, learningRate: Float, weightDecay: Float
) {
    map(parameters, to: parameters, count: count) { $0 - $0 * weightDecay * learningRate }
}
