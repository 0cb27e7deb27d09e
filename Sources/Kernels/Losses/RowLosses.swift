/// `max(max_k (1 − t_k) p_k − Σ t_k p_k + 1, 0)` for each row.
public func categoricalHinge(
    _ target: UnsafePointer<Float>, _ prediction: UnsafePointer<Float>, rows: Int, classes: Int,
    to values: UnsafeMutablePointer<Float>
) {
    for row in 0..<rows {
        let (t, p) = (target + row * classes, prediction + row * classes)
        values[row] = max(hingeMargin(t, p, classes).margin, 0)
    }
}

/// The derivative of `categoricalHinge` by the predictions, each row times its scale; classes that share the largest
/// value share its derivative, as in TensorFlow.
public func categoricalHingeBackward(
    _ target: UnsafePointer<Float>, _ prediction: UnsafePointer<Float>, scales: UnsafePointer<Float>,
    rows: Int, classes: Int, to gradient: UnsafeMutablePointer<Float>
) {
    for row in 0..<rows {
        let (t, p, g) = (target + row * classes, prediction + row * classes, gradient + row * classes)
        let (margin, largest) = hingeMargin(t, p, classes)
        guard margin >= 0 else {
            fill(g, count: classes, with: 0)
            continue
        }
        let ties = sum(classes) { at, lanes in
            select((1 - read(t + at, lanes)) * read(p + at, lanes) .== largest, 1, 0)
        }
        let scale = scales[row]
        map(t, p, to: g, count: classes) { t, p in
            (select((1 - t) * p .== largest, (1 - t) / ties, Vector()) - t) * scale
        }
    }
}

@inline(__always)
private func hingeMargin(
    _ t: UnsafePointer<Float>, _ p: UnsafePointer<Float>, _ classes: Int
) -> (margin: Float, largest: Float) {
    var largest = Vector(repeating: -.infinity)
    forEachLanes(classes) { at, lanes in
        let other = (1 - read(t + at, lanes)) * read(p + at, lanes, padding: -.infinity)
        largest = select((other .> largest) .| (other .!= other), other, largest)
    }
    return (largest.largest - shortDot(t, p, count: classes) + 1, largest.largest)
}

/// The cosine of the angle between targets and predictions for each row; 0 where either is 0.
public func cosineSimilarity(
    _ target: UnsafePointer<Float>, _ prediction: UnsafePointer<Float>, rows: Int, columns: Int,
    to values: UnsafeMutablePointer<Float>
) {
    for row in 0..<rows {
        let (t, p) = (target + row * columns, prediction + row * columns)
        values[row] =
            Float(dot(t, p, count: columns)) * inverseNorm(t, columns) * inverseNorm(p, columns)
    }
}

/// The derivative of `cosineSimilarity` by the predictions, each row times its scale.
public func cosineSimilarityBackward(
    _ target: UnsafePointer<Float>, _ prediction: UnsafePointer<Float>, scales: UnsafePointer<Float>,
    rows: Int, columns: Int, to gradient: UnsafeMutablePointer<Float>
) {
    for row in 0..<rows {
        let (t, p) = (target + row * columns, prediction + row * columns)
        let (ofTarget, ofPrediction) = (inverseNorm(t, columns), inverseNorm(p, columns))
        let cosine = Float(dot(t, p, count: columns)) * ofTarget * ofPrediction
        // The prediction's own direction changes nothing, unless it is too short to be normalized.
        let along = ofPrediction < 1 / epsilon ? cosine * ofPrediction : 0
        let scale = scales[row] * ofPrediction
        map(t, p, to: gradient + row * columns, count: columns) { ($0 * ofTarget - $1 * along) * scale }
    }
}

@inline(__always)
private func inverseNorm(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
    min(Float(1 / sumOfSquares(x, count: count).squareRoot()), 1 / epsilon)
}

/// `(1 − p^q) / q` for each row, where p is the prediction of the row's label; 1 / q for a label that there is not.
public func generalizedCrossentropy(
    _ labels: UnsafePointer<Float>, _ predictions: UnsafePointer<Float>, rows: Int, classes: Int, q: Float,
    to values: UnsafeMutablePointer<Float>
) {
    for row in 0..<rows {
        let p = labelPlace(labels[row], classes).map { predictions[row * classes + $0] } ?? 0
        values[row] = (1 - power(Vector(repeating: p), q)[0]) / q
    }
}

/// The derivative of `generalizedCrossentropy` by the predictions, each row times its scale.
public func generalizedCrossentropyBackward(
    _ labels: UnsafePointer<Float>, _ predictions: UnsafePointer<Float>, scales: UnsafePointer<Float>,
    rows: Int, classes: Int, q: Float, to gradient: UnsafeMutablePointer<Float>
) {
    fill(gradient, count: rows * classes, with: 0)
    for row in 0..<rows {
        guard let label = labelPlace(labels[row], classes) else { continue }
        let place = row * classes + label
        gradient[place] = -power(Vector(repeating: predictions[place]), q - 1)[0] * scales[row]
    }
}
