/// Arithmetic on spans of floats. A result may overwrite any operand; otherwise spans must not overlap.

/// Sets `count` floats to `value`.
public func fill(_ x: UnsafeMutablePointer<Float>, count: Int, with value: Float) {
    x.update(repeating: value, count: count)
}

/// Copies `count` floats; the spans may overlap.
public func copy(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
    y.update(from: x, count: count)
}

/// `z = x + y`.
public func add(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, to z: UnsafeMutablePointer<Float>, count: Int
) {
    map(x, y, to: z, count: count) { $0 + $1 }
}

/// `z = x − y`.
public func subtract(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, to z: UnsafeMutablePointer<Float>, count: Int
) {
    map(x, y, to: z, count: count) { $0 - $1 }
}

/// `z = x · y`.
public func multiply(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, to z: UnsafeMutablePointer<Float>, count: Int
) {
    map(x, y, to: z, count: count) { $0 * $1 }
}

/// `z = x / y`.
public func divide(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, to z: UnsafeMutablePointer<Float>, count: Int
) {
    map(x, y, to: z, count: count) { $0 / $1 }
}

/// `z = max(x, y)`; NaN where either is.
public func maximum(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, to z: UnsafeMutablePointer<Float>, count: Int
) {
    map(x, y, to: z, count: count) { select(($0 .> $1) .| ($0 .!= $0), $0, $1) }
}

/// `z = min(x, y)`; NaN where either is.
public func minimum(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, to z: UnsafeMutablePointer<Float>, count: Int
) {
    map(x, y, to: z, count: count) { select(($0 .< $1) .| ($0 .!= $0), $0, $1) }
}

/// `y = x + value`.
public func add(
    _ x: UnsafePointer<Float>, _ value: Float, to y: UnsafeMutablePointer<Float>, count: Int
) {
    map(x, to: y, count: count) { $0 + value }
}

/// `y = x · factor`.
public func multiply(
    _ x: UnsafePointer<Float>, _ factor: Float, to y: UnsafeMutablePointer<Float>, count: Int
) {
    map(x, to: y, count: count) { $0 * factor }
}

/// `y = y + factor · x`, each with one rounding.
public func addScaled(
    _ x: UnsafePointer<Float>, by factor: Float, to y: UnsafeMutablePointer<Float>, count: Int
) {
    let factors = Vector(repeating: factor)
    map(x, y, to: y, count: count) { $0.multiplied(by: factors, adding: $1) }
}

/// `z = z + x · y`, each with one rounding.
public func addProduct(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, to z: UnsafeMutablePointer<Float>, count: Int
) {
    map(x, y, z, to: z, count: count) { $0.multiplied(by: $1, adding: $2) }
}

/// `y = min(max(x, lower), upper)`; NaN stays.
public func clip(
    _ x: UnsafePointer<Float>, lower: Float, upper: Float, to y: UnsafeMutablePointer<Float>, count: Int
) {
    map(x, to: y, count: count) { $0.clipped(lower, upper) }
}

/// Adds `row` (`columns` long) to each of `rows` rows of `x`.
public func addRow(
    _ row: UnsafePointer<Float>, to x: UnsafeMutablePointer<Float>, rows: Int, columns: Int
) {
    for index in 0..<rows { add(x + index * columns, row, to: x + index * columns, count: columns) }
}

/// Multiplies row `i` of `x` (`rows × columns`) by `factors[i]`; `y` may be `x`.
public func multiplyRows(
    _ x: UnsafePointer<Float>, by factors: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>,
    rows: Int, columns: Int
) {
    for row in 0..<rows {
        multiply(x + row * columns, factors[row], to: y + row * columns, count: columns)
    }
}
