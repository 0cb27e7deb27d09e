#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// One distribution among others: `count` classes, `stride` elements apart.
@inline(__always)
private func logSumExp(_ x: UnsafePointer<Float>, count: Int, stride: Int) -> Float {
    var largest = -Float.infinity
    for k in 0..<count { largest = max(largest, x[k * stride]) }
    guard largest.isFinite else { return largest }
    var sum: Float = 0
    for k in 0..<count { sum += expf(x[k * stride] - largest) }
    return largest + logf(sum)
}

/// `-Σ t · log softmax(x)` over the classes, where `t` is the target pulled towards the uniform by `smoothing`.
public func categoricalCrossentropyOfLogits(
    _ target: UnsafePointer<Float>, _ logits: UnsafePointer<Float>, count: Int, stride: Int, smoothing: Float
) -> Float {
    let norm = logSumExp(logits, count: count, stride: stride)
    let floor = smoothing / Float(count)
    var sum: Float = 0
    for k in 0..<count {
        let t = target[k * stride] * (1 - smoothing) + floor
        if t != 0 { sum += t * (norm - logits[k * stride]) }
    }
    return sum
}

/// The derivative of `categoricalCrossentropyOfLogits` by the logits, times `scale`: `softmax(x) · Σt - t`.
public func categoricalCrossentropyOfLogitsBackward(
    _ target: UnsafePointer<Float>, _ logits: UnsafePointer<Float>, scale: Float,
    to gradient: UnsafeMutablePointer<Float>, count: Int, stride: Int, smoothing: Float
) {
    let norm = logSumExp(logits, count: count, stride: stride)
    let floor = smoothing / Float(count)
    // TensorFlow's kernel takes Σt to be 1.
    for k in 0..<count {
        let t = target[k * stride] * (1 - smoothing) + floor
        gradient[k * stride] = scale * (expf(logits[k * stride] - norm) - t)
    }
}

/// `-Σ t · log(clip(p / Σp))` over the classes.
public func categoricalCrossentropy(
    _ target: UnsafePointer<Float>, _ prediction: UnsafePointer<Float>, count: Int, stride: Int,
    smoothing: Float
) -> Float {
    var total: Float = 0
    for k in 0..<count { total += prediction[k * stride] }
    let floor = smoothing / Float(count)
    var sum: Float = 0
    for k in 0..<count {
        let t = target[k * stride] * (1 - smoothing) + floor
        sum -= t * logf(min(max(prediction[k * stride] / total, epsilon), 1 - epsilon))
    }
    return sum
}

/// The derivative of `categoricalCrossentropy` by the predictions, times `scale`.
public func categoricalCrossentropyBackward(
    _ target: UnsafePointer<Float>, _ prediction: UnsafePointer<Float>, scale: Float,
    to gradient: UnsafeMutablePointer<Float>, count: Int, stride: Int, smoothing: Float
) {
    var total: Float = 0
    for k in 0..<count { total += prediction[k * stride] }
    let floor = smoothing / Float(count)
    // With q = p / Σp the derivative by p is (g - Σ g·q) / Σp, where g is that by q.
    var mean: Float = 0
    for k in 0..<count {
        let q = prediction[k * stride] / total
        let t = target[k * stride] * (1 - smoothing) + floor
        let g = q < epsilon || q > 1 - epsilon ? 0 : -t / q
        gradient[k * stride] = g
        mean += g * q
    }
    for k in 0..<count { gradient[k * stride] = scale * (gradient[k * stride] - mean) / total }
}
