/// How `normalizeRows` measures a row of n numbers: `y = (x − shift) · scale`.
public enum RowMeasure: Sendable {
    /// Mean and variance: `(x − m) / √(v + ε)`.
    case moments(epsilon: Float)
    /// Variance alone: `x / √(v + ε)`.
    case variance(epsilon: Float)
    /// The root of the mean of squares: `x / √(mean x² + ε)`.
    case rootMeanSquare(epsilon: Float)
    /// The length: `x · min(1 / √(Σ x²), 1 / ε)`.
    case length(epsilon: Float)

    /// Whether the mean is taken from the numbers.
    var centers: Bool { if case .moments = self { true } else { false } }
}

/// Normalizes each row of `[rows, columns]`; `y = x̂ · gamma + beta`, where gamma and beta have `period` rows that
/// repeat.
///
/// - `mean`: receives the mean that a row's scale was measured from, 0 where it was not.
/// - `scale`: receives each row's scale.
public func normalizeRows(
    _ x: UnsafePointer<Float>, rows: Int, columns: Int, by measure: RowMeasure, gamma: UnsafePointer<Float>?,
    beta: UnsafePointer<Float>?, period: Int, mean: UnsafeMutablePointer<Float>,
    scale: UnsafeMutablePointer<Float>, to y: UnsafeMutablePointer<Float>
) {
    for row in 0..<rows {
        let (source, target) = (x + row * columns, y + row * columns)
        let (center, factor) = measureRow(source, columns, measure)
        mean[row] = center
        scale[row] = factor
        let shift = measure.centers ? center : 0
        let gammaRow = gamma.map { $0 + row % period * columns }
        let betaRow = beta.map { $0 + row % period * columns }
        forEachPiece(columns) { at, lanes in
            var value = (Vector(at: source + at, lanes: lanes) - shift) * factor
            if let gammaRow { value *= Vector(at: gammaRow + at, lanes: lanes) }
            if let betaRow { value += Vector(at: betaRow + at, lanes: lanes) }
            value.store(to: target + at, lanes: lanes)
        }
    }
}

/// A row's mean where it counts, and its scale.
@inline(__always)
private func measureRow(_ x: UnsafePointer<Float>, _ columns: Int, _ measure: RowMeasure) -> (Float, Float) {
    let count = Float(columns)
    switch measure {
    case .moments(let epsilon), .variance(let epsilon):
        let mean = Float(sum(x, count: columns) / Double(columns))
        return (mean, 1 / (squares(x, columns, around: mean) / count + epsilon).squareRoot())
    case .rootMeanSquare(let epsilon):
        return (0, 1 / (squares(x, columns, around: 0) / count + epsilon).squareRoot())
    case .length(let epsilon):
        return (0, min(1 / squares(x, columns, around: 0).squareRoot(), 1 / epsilon))
    }
}

@inline(__always)
private func squares(_ x: UnsafePointer<Float>, _ columns: Int, around center: Float) -> Float {
    var total = Vector()
    forEachVector(columns) {
        let difference = Vector(at: x + $0) - center
        total += difference * difference
    } rest: {
        let difference = Vector(at: x + $0, count: $1, padding: center) - center
        total += difference * difference
    }
    return total.total
}

/// The gradient of `normalizeRows`; `dgamma` and `dbeta` have `period` rows and are added to.
public func normalizeRowsBackward(
    x: UnsafePointer<Float>, dy: UnsafePointer<Float>, rows: Int, columns: Int, by measure: RowMeasure,
    gamma: UnsafePointer<Float>?, period: Int, mean: UnsafePointer<Float>, scale: UnsafePointer<Float>,
    dgamma: UnsafeMutablePointer<Float>?, dbeta: UnsafeMutablePointer<Float>?,
    dx: UnsafeMutablePointer<Float>?
) {
    for row in 0..<rows {
        let (source, gradient) = (x + row * columns, dy + row * columns)
        let place = row % period * columns
        let factor = scale[row]
        let shift = measure.centers ? mean[row] : 0
        if let dbeta { add(dbeta + place, gradient, to: dbeta + place, count: columns) }
        if let dgamma {
            forEachPiece(columns) { at, lanes in
                let normal = (Vector(at: source + at, lanes: lanes) - shift) * factor
                let old = Vector(at: UnsafePointer(dgamma) + place + at, lanes: lanes)
                (old + normal * Vector(at: gradient + at, lanes: lanes)).store(
                    to: dgamma + place + at, lanes: lanes)
            }
        }
        guard let dx else { continue }
        rowGradient(
            source, gradient, gamma.map { $0 + place }, columns, measure, mean: mean[row], factor,
            to: dx + row * columns)
    }
}

/// With g the gradient of x̂: `dx = s · (g − mean g) − s³ / n · (x − m) · Σ g · (x − m)` for moments; the other
/// measures leave out the means that they do not take.
@inline(__always)
private func rowGradient(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, _ gamma: UnsafePointer<Float>?, _ columns: Int,
    _ measure: RowMeasure, mean: Float, _ factor: Float, to dx: UnsafeMutablePointer<Float>
) {
    let shift = measure.centers ? mean : 0
    var (sums, products) = (Vector(), Vector())
    forEachPiece(columns) { at, lanes in
        var g = Vector(at: dy + at, lanes: lanes)
        if let gamma { g *= Vector(at: gamma + at, lanes: lanes) }
        sums += g
        products += g * (Vector(at: x + at, lanes: lanes) - shift)
    }
    var slope = factor * factor * factor * products.total
    var offset: Float = 0
    switch measure {
    case .moments:
        slope /= Float(columns)
        offset = sums.total / Float(columns)
    case .variance, .rootMeanSquare: slope /= Float(columns)
    case .length(let epsilon): if factor >= 1 / epsilon { slope = 0 }
    }
    forEachPiece(columns) { at, lanes in
        var g = Vector(at: dy + at, lanes: lanes)
        if let gamma { g *= Vector(at: gamma + at, lanes: lanes) }
        let value = (g - offset) * factor - (Vector(at: x + at, lanes: lanes) - mean) * slope
        value.store(to: dx + at, lanes: lanes)
    }
}
