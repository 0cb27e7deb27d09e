#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// `-log softmax(x)[label]` for rows of logits, or of probabilities whose logarithms are taken as logits.
///
/// A label outside the classes gives NaN, as TensorFlow does on a GPU.
public func sparseCategoricalCrossentropy(
    _ labels: UnsafePointer<Float>, _ predictions: UnsafePointer<Float>, rows: Int, classes: Int,
    fromLogits: Bool,
    to values: UnsafeMutablePointer<Float>
) {
    for row in 0..<rows {
        let x = predictions + row * classes
        guard let label = Int(exactly: labels[row].rounded(.towardZero)), label >= 0, label < classes else {
            values[row] = .nan
            continue
        }
        let norm = logNormalizer(x, classes: classes, fromLogits: fromLogits)
        values[row] = norm - (fromLogits ? x[label] : logf(clipped(x[label])))
    }
}

/// The derivative of `sparseCategoricalCrossentropy` by the predictions, each row times its `scales`.
public func sparseCategoricalCrossentropyBackward(
    _ labels: UnsafePointer<Float>, _ predictions: UnsafePointer<Float>, scales: UnsafePointer<Float>,
    rows: Int,
    classes: Int, fromLogits: Bool, to gradient: UnsafeMutablePointer<Float>
) {
    for row in 0..<rows {
        let x = predictions + row * classes
        let g = gradient + row * classes
        let label = Int(exactly: labels[row].rounded(.towardZero)) ?? -1
        let scale = label >= 0 && label < classes ? scales[row] : scales[row] == 0 ? 0 : .nan
        let norm = logNormalizer(x, classes: classes, fromLogits: fromLogits)
        for k in 0..<classes {
            if fromLogits {
                g[k] = scale * (expf(x[k] - norm) - (k == label ? 1 : 0))
            } else {
                let isClipped = x[k] < epsilon || x[k] > 1 - epsilon
                g[k] = isClipped ? 0 : scale * (clipped(x[k]) / expf(norm) - (k == label ? 1 : 0)) / x[k]
            }
        }
    }
}

@inline(__always)
private func clipped(_ p: Float) -> Float { min(max(p, epsilon), 1 - epsilon) }

/// The logarithm of the sum of what the logits, or the clipped probabilities, stand for.
@inline(__always)
private func logNormalizer(_ x: UnsafePointer<Float>, classes: Int, fromLogits: Bool) -> Float {
    if !fromLogits {
        var sum: Float = 0
        for k in 0..<classes { sum += clipped(x[k]) }
        return logf(sum)
    }
    var largest = -Float.infinity
    for k in 0..<classes { largest = max(largest, x[k]) }
    guard largest.isFinite else { return largest }
    var sum: Float = 0
    for k in 0..<classes { sum += expf(x[k] - largest) }
    return largest + logf(sum)
}
