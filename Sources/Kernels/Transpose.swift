/// `y[j, i] = x[i, j]` of a dense matrix of `rows × columns`.
public func transpose(
    _ x: UnsafePointer<Float>, rows: Int, columns: Int, to y: UnsafeMutablePointer<Float>
) {
    for first in stride(from: 0, to: rows, by: 8) {
        let count = min(8, rows - first)
        if count == 8 {
            transposeRows(
                x + first * columns, leading: columns, rows: 8, length: columns, to: y + first, step: rows,
                width: 8)
        } else {
            for row in first..<rows {
                for column in 0..<columns { y[column * rows + row] = x[row * columns + column] }
            }
        }
    }
}

/// Permutes the axes of a dense array: axis i of `y` is axis `axes[i]` of `x`, as `numpy.transpose`.
///
/// - `shape`: the lengths of `x`, `rank` of them, at most 8.
/// - `axes`: a permutation of `0..<rank`.
public func permute(
    _ x: UnsafePointer<Float>, shape: UnsafePointer<Int>, axes: UnsafePointer<Int>, rank: Int,
    to y: UnsafeMutablePointer<Float>
) {
    var strides = SIMD8<Int>()
    var stride = 1
    for axis in (0..<rank).reversed() {
        strides[axis] = stride
        stride *= shape[axis]
    }
    let count = stride
    if count == 0 { return }
    // The trailing axes that stay in place are copied as one block.
    var kept = rank
    var block = 1
    while kept > 0, axes[kept - 1] == kept - 1 {
        kept -= 1
        block *= shape[kept]
    }
    var place = SIMD8<Int>()
    var source = 0
    for target in Swift.stride(from: 0, to: count, by: block) {
        copyShort(x + source, to: y + target, count: block)
        var axis = kept - 1
        while axis >= 0 {
            source += strides[axes[axis]]
            place[axis] += 1
            if place[axis] < shape[axes[axis]] { break }
            source -= place[axis] * strides[axes[axis]]
            place[axis] = 0
            axis -= 1
        }
    }
}
