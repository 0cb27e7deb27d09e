/// `−ln softmax(x)[label]` for rows of logits, or of probabilities whose logarithms are taken as logits.
///
/// Rows whose label is `ignored` give 0. Another label outside the classes gives NaN, as TensorFlow does on a GPU.
public func sparseCategoricalCrossentropy(
    _ labels: UnsafePointer<Float>, _ predictions: UnsafePointer<Float>, rows: Int, classes: Int,
    fromLogits: Bool, ignored: Float?, to values: UnsafeMutablePointer<Float>
) {
    for row in 0..<rows {
        let x = predictions + row * classes
        if labels[row] == ignored {
            values[row] = 0
        } else if let label = labelPlace(labels[row], classes) {
            let chosen = fromLogits ? x[label] : naturalLogarithm(held(x[label]))
            values[row] = logNormalizer(x, classes: classes, fromLogits: fromLogits) - chosen
        } else {
            values[row] = .nan
        }
    }
}

/// The derivative of `sparseCategoricalCrossentropy` by the predictions, each row times its `scales`.
public func sparseCategoricalCrossentropyBackward(
    _ labels: UnsafePointer<Float>, _ predictions: UnsafePointer<Float>, scales: UnsafePointer<Float>,
    rows: Int, classes: Int, fromLogits: Bool, ignored: Float?, to gradient: UnsafeMutablePointer<Float>
) {
    for row in 0..<rows {
        let (x, g, scale) = (predictions + row * classes, gradient + row * classes, scales[row])
        guard labels[row] != ignored, scale != 0 else {
            fill(g, count: classes, with: 0)
            continue
        }
        guard let label = labelPlace(labels[row], classes) else {
            fill(g, count: classes, with: .nan)
            continue
        }
        let norm = logNormalizer(x, classes: classes, fromLogits: fromLogits)
        if fromLogits {
            map(x, to: g, count: classes) { exponential($0 - norm) * scale }
            g[label] -= scale
        } else {
            // Each class in the normalizer has a slope of 1 / Σ, unless it is held.
            let share = exponential(Vector(repeating: -norm)) * scale
            map(x, to: g, count: classes) {
                share.replacing(with: 0, where: ($0 .< epsilon) .| ($0 .> 1 - epsilon))
            }
            if x[label] >= epsilon, x[label] <= 1 - epsilon { g[label] -= scale / x[label] }
        }
    }
}

/// The class that a label names; nil for one that there is not.
@inline(__always)
func labelPlace(_ label: Float, _ classes: Int) -> Int? {
    guard let index = Int(exactly: label.rounded(.towardZero)), index >= 0, index < classes else {
        return nil
    }
    return index
}

@inline(__always)
private func held(_ p: Float) -> Float { min(max(p, epsilon), 1 - epsilon) }

/// The logarithm of the sum of what the logits, or the held probabilities, stand for.
@inline(__always)
private func logNormalizer(_ x: UnsafePointer<Float>, classes: Int, fromLogits: Bool) -> Float {
    if fromLogits { return logSumOfExponentials(x, count: classes) }
    return naturalLogarithm(sum(classes) { at, lanes in read(x + at, lanes).clipped(epsilon, 1 - epsilon) })
}
