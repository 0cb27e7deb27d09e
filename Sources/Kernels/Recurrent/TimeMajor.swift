/// Sequences are `[rows, steps, columns]` in tensors and `[steps, rows, columns]` where recurrent cells run over them,
/// so that a step is one dense matrix.

/// `y[s, r] = x[r, s]`, or of the step as far from the end if `reverses`.
public func timeMajor(
    _ x: UnsafePointer<Float>, rows: Int, steps: Int, columns: Int, reverses: Bool,
    to y: UnsafeMutablePointer<Float>
) {
    for step in 0..<steps {
        let source = x + (reverses ? steps - 1 - step : step) * columns
        let target = y + step * rows * columns
        for row in 0..<rows {
            copyShort(source + row * steps * columns, to: target + row * columns, count: columns)
        }
    }
}

/// `y[r, s] = x[s, r]`, the other way round.
///
/// - `leading`: floats from one step of y to the next.
public func batchMajor(
    _ x: UnsafePointer<Float>, rows: Int, steps: Int, columns: Int, reverses: Bool,
    to y: UnsafeMutablePointer<Float>, leading: Int? = nil
) {
    let leading = leading ?? columns
    for step in 0..<steps {
        let source = x + step * rows * columns
        let target = y + (reverses ? steps - 1 - step : step) * leading
        for row in 0..<rows {
            copyShort(source + row * columns, to: target + row * steps * leading, count: columns)
        }
    }
}

/// `timeMajor` of a mask of so many places at each step.
public func timeMajor(
    mask x: UnsafePointer<UInt8>, rows: Int, steps: Int, places: Int, reverses: Bool,
    to y: UnsafeMutablePointer<UInt8>
) {
    for step in 0..<steps {
        let source = reverses ? steps - 1 - step : step
        for row in 0..<rows {
            (y + (step * rows + row) * places)
                .update(from: x + (row * steps + source) * places, count: places)
        }
    }
}
