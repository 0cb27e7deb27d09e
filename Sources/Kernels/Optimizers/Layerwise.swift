/// Steps that are scaled for each variable as a whole, after the direction is known.

/// Adam's direction without a step size, as LAMB takes it: `m += (g − m)(1 − β₁)`, `v += (g² − v)(1 − β₂)`,
/// `direction = m / (1 − β₁^t) / (√(v / (1 − β₂^t)) + ε)`; the corrections are `1 − β^t`.
public func lambDirection(
    gradient: UnsafePointer<Float>, count: Int, beta1: Double, beta2: Double, correction1: Float,
    correction2: Float, epsilon: Float, momentums: UnsafeMutablePointer<Float>,
    velocities: UnsafeMutablePointer<Float>, to direction: UnsafeMutablePointer<Float>
) {
    let (rest1, rest2) = (Float(1 - beta1), Float(1 - beta2))
    update(direction, gradient, count, momentums, velocities) { d, g, m, v in
        m += (g - m) * rest1
        v += (g * g - v) * rest2
        d = m / correction1 / ((v / correction2).squareRoot() + epsilon)
    }
}

/// Adafactor's direction for a matrix: rows' and columns' means of `g² + ε` stand in for the second moment, mixed into
/// `rowMeans` and `columnMeans` by `1 − decay`; `direction = g / √(r cᵀ / mean(r))`.
public func adafactorDirection(
    gradient: UnsafePointer<Float>, rows: Int, columns: Int, decay: Float, epsilon: Float,
    rowMeans: UnsafeMutablePointer<Float>, columnMeans: UnsafeMutablePointer<Float>,
    to direction: UnsafeMutablePointer<Float>
) {
    let rest = 1 - decay
    map(columnMeans, to: columnMeans, count: columns) { $0 * decay }
    var mean = 0.0
    for row in 0..<rows {
        let g = gradient + row * columns
        map(g, columnMeans, to: columnMeans, count: columns) { g, c in
            c + (g * g + epsilon) * (rest / Float(rows))
        }
        let squares = Float(sumOfSquares(g, count: columns) / Double(columns)) + epsilon
        rowMeans[row] = rowMeans[row] * decay + squares * rest
        mean += Double(rowMeans[row])
    }
    mean /= Double(rows)
    for row in 0..<rows {
        let share = rowMeans[row] / Float(mean)
        map(gradient + row * columns, columnMeans, to: direction + row * columns, count: columns) { g, c in
            g / (c * share).squareRoot()
        }
    }
}

/// Adafactor's direction for a variable that is no matrix: `v = decay · v + (1 − decay)(g² + ε)`,
/// `direction = g / √v`.
public func adafactorDirection(
    gradient: UnsafePointer<Float>, count: Int, decay: Float, epsilon: Float,
    velocities: UnsafeMutablePointer<Float>, to direction: UnsafeMutablePointer<Float>
) {
    update(direction, gradient, count, velocities) { d, g, v in
        v = v * decay + (g * g + epsilon) * (1 - decay)
        d = g / v.squareRoot()
    }
}

/// Schedule-free AdamW (Defazio et al., 2024): `v += (g² − v)(1 − β₂)`, `z −= learningRate · g / (√(v / correction) + ε)`,
/// and the parameters between z and the mean of all z, which they and the former z tell; `weight` is 1 / t.
public func updateScheduleFreeAdamW(
    _ parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, count: Int,
    learningRate: Float, beta1: Float, beta2: Float, correction: Float, epsilon: Float, weight: Float,
    momentums: UnsafeMutablePointer<Float>, velocities: UnsafeMutablePointer<Float>
) {
    update(parameters, gradient, count, momentums, velocities) { p, g, z, v in
        v += (g * g - v) * (1 - beta2)
        let mean = (p - z * (1 - beta1)) / beta1
        z -= g * learningRate / ((v / correction).squareRoot() + epsilon)
        p = z * (1 - beta1) + (mean * (1 - weight) + z * weight) * beta1
    }
}
