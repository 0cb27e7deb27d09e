/// Loops over the columns of `[rows, columns]`, as batch normalization needs them. A row counts where `mask` is nil or
/// holds 1 for it.

/// Rows that are summed in single precision before the sum is added to those of other rows.
private let block = 128

/// The mean and the biased variance of each column over the rows that count; `total` is their number, to which Keras
/// adds a small constant where there is a mask.
public func columnMoments(
    _ x: UnsafePointer<Float>, rows: Int, columns: Int, mask: UnsafePointer<UInt8>?, total: Float,
    mean: UnsafeMutablePointer<Float>, variance: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
) {
    sumColumns(rows: rows, columns: columns, mask: mask, to: mean, scratch: scratch) { row, sums in
        let values = x + row * columns
        for column in 0..<columns { sums[column] += values[column] }
    }
    for column in 0..<columns { mean[column] /= total }
    sumColumns(rows: rows, columns: columns, mask: mask, to: variance, scratch: scratch) { row, sums in
        let values = x + row * columns
        for column in 0..<columns {
            let difference = values[column] - mean[column]
            sums[column] += difference * difference
        }
    }
    for column in 0..<columns { variance[column] /= total }
}

/// `y = x · scale + shift`, column by column.
public func scaleColumns(
    _ x: UnsafePointer<Float>, rows: Int, columns: Int, scale: UnsafePointer<Float>,
    shift: UnsafePointer<Float>,
    to y: UnsafeMutablePointer<Float>
) {
    for row in 0..<rows {
        let (source, target) = (x + row * columns, y + row * columns)
        for column in 0..<columns { target[column] = source[column] * scale[column] + shift[column] }
    }
}

/// The sums over all rows of `dy` and of `dy · (x - mean)`, column by column.
public func columnGradientSums(
    dy: UnsafePointer<Float>, x: UnsafePointer<Float>, mean: UnsafePointer<Float>, rows: Int, columns: Int,
    sum: UnsafeMutablePointer<Float>, product: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
) {
    sumColumns(rows: rows, columns: columns, mask: nil, to: sum, scratch: scratch) { row, sums in
        let gradient = dy + row * columns
        for column in 0..<columns { sums[column] += gradient[column] }
    }
    sumColumns(rows: rows, columns: columns, mask: nil, to: product, scratch: scratch) { row, sums in
        let (gradient, values) = (dy + row * columns, x + row * columns)
        for column in 0..<columns { sums[column] += gradient[column] * (values[column] - mean[column]) }
    }
}

/// `dx = dy · direct + (x - mean) · slope + offset`, the last two only in rows that count.
public func columnNormalizationBackward(
    dy: UnsafePointer<Float>, x: UnsafePointer<Float>, mean: UnsafePointer<Float>,
    direct: UnsafePointer<Float>,
    slope: UnsafePointer<Float>, offset: UnsafePointer<Float>, mask: UnsafePointer<UInt8>?, rows: Int,
    columns: Int,
    dx: UnsafeMutablePointer<Float>
) {
    for row in 0..<rows {
        let (gradient, values, target) = (dy + row * columns, x + row * columns, dx + row * columns)
        if let mask, mask[row] == 0 {
            for column in 0..<columns { target[column] = gradient[column] * direct[column] }
            continue
        }
        for column in 0..<columns {
            target[column] =
                gradient[column] * direct[column] + (values[column] - mean[column]) * slope[column]
                + offset[column]
        }
    }
}

/// Sums what `add` adds for each row that counts, block by block.
@inline(__always)
private func sumColumns(
    rows: Int, columns: Int, mask: UnsafePointer<UInt8>?, to sums: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>, _ add: (Int, UnsafeMutablePointer<Float>) -> Void
) {
    fill(sums, count: columns, with: 0)
    for start in stride(from: 0, to: rows, by: block) {
        fill(scratch, count: columns, with: 0)
        for row in start..<min(start + block, rows) {
            if let mask, mask[row] == 0 { continue }
            add(row, scratch)
        }
        for column in 0..<columns { sums[column] += scratch[column] }
    }
}
