/// Row `indices[i]` of `table` (`[…, columns]`) becomes row i of `y`. Indices are not checked.
public func gather(
    _ table: UnsafePointer<Float>, columns: Int, indices: UnsafePointer<Int32>, count: Int,
    to y: UnsafeMutablePointer<Float>
) {
    for row in 0..<count {
        copyShort(table + Int(indices[row]) * columns, to: y + row * columns, count: columns)
    }
}

/// Turns floats that hold whole numbers into indices, fractions cut off as a cast does.
///
/// - Returns: the place of the first that is not in `0..<limit`, or nil; what follows it is not converted.
public func indices(
    _ x: UnsafePointer<Float>, count: Int, limit: Int, to indices: UnsafeMutablePointer<Int32>
) -> Int? {
    for index in 0..<count {
        let value = x[index]
        guard value > -1, value < Float(limit), value < 0x1p31 else { return index }
        indices[index] = Int32(value)
    }
    return nil
}

/// Row i of `y` is row i of `x` where `mask[i]` is not 0, of `other` elsewhere; `y` may be either.
public func selectRows(
    mask: UnsafePointer<UInt8>, _ x: UnsafePointer<Float>, else other: UnsafePointer<Float>, rows: Int,
    columns: Int, to y: UnsafeMutablePointer<Float>
) {
    for row in 0..<rows {
        copyShort((mask[row] != 0 ? x : other) + row * columns, to: y + row * columns, count: columns)
    }
}
