#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What Keras adds to keep logarithms finite.
public let epsilon: Float = 1e-7

/// The sum of `-(t · log p + (1 - t) · log(1 - p))`, where `t` is the target pulled towards ½ by `smoothing`, and `p` is
/// the sigmoid of a logit, or a probability clipped to `[epsilon, 1 - epsilon]`.
public func binaryCrossentropy(
    _ target: UnsafePointer<Float>, _ prediction: UnsafePointer<Float>, count: Int, fromLogits: Bool,
    smoothing: Float
) -> Float {
    var sum: Float = 0
    for index in 0..<count {
        let t = target[index] * (1 - smoothing) + 0.5 * smoothing
        let x = prediction[index]
        if fromLogits {
            sum += max(x, 0) - x * t + log1pf(expf(-x.magnitude))
        } else {
            let p = min(max(x, epsilon), 1 - epsilon)
            sum -= t * logf(p) + (1 - t) * logf(1 - p)
        }
    }
    return sum
}

/// The derivative of `binaryCrossentropy` by each prediction, times `scale`.
public func binaryCrossentropyBackward(
    _ target: UnsafePointer<Float>, _ prediction: UnsafePointer<Float>, scale: Float,
    to gradient: UnsafeMutablePointer<Float>, count: Int, fromLogits: Bool, smoothing: Float
) {
    for index in 0..<count {
        let t = target[index] * (1 - smoothing) + 0.5 * smoothing
        let x = prediction[index]
        if fromLogits {
            gradient[index] = scale * (1 / (1 + expf(-x)) - t)
        } else if x < epsilon || x > 1 - epsilon {
            gradient[index] = 0
        } else {
            gradient[index] = scale * ((1 - t) / (1 - x) - t / x)
        }
    }
}
