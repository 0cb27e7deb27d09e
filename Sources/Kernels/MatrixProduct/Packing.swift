/// Copies `count` (1 to 8) columns of op(B), from column `first`, for the depths given: depth k goes to
/// `panel[(k − depths.lowerBound) · step]`. Lanes beyond `count` become zero.
func packColumns(
    _ product: MatrixProduct, _ b: UnsafePointer<Float>, first: Int, count: Int, depths: Range<Int>,
    to panel: UnsafeMutablePointer<Float>, step: Int
) {
    let leading = product.leadingB
    if product.transposeB {
        let source = b + first * leading + depths.lowerBound
        transposeRows(
            source, leading: leading, rows: count, length: depths.count, to: panel, step: step, width: 8)
        return
    }
    let source = b + depths.lowerBound * leading + first
    if count == 8 {
        for k in 0..<depths.count { Vector(at: source + k * leading).store(to: panel + k * step) }
    } else {
        for k in 0..<depths.count {
            Vector(at: source + k * leading, count: count).store(to: panel + k * step)
        }
    }
}

/// Copies the rows of op(A) in panels of six, depth by depth; rows beyond the last are zero. Two floats after
/// the last panel are overwritten.
func packRows(
    _ product: MatrixProduct, _ a: UnsafePointer<Float>, rows: Range<Int>, depths: Range<Int>,
    to panels: UnsafeMutablePointer<Float>
) {
    let leading = product.leadingA
    var panel = panels
    for row in stride(from: rows.lowerBound, to: rows.upperBound, by: Tile.rows) {
        let height = min(Tile.rows, rows.upperBound - row)
        if !product.transposeA {
            transposeRows(
                a + row * leading + depths.lowerBound, leading: leading, rows: height, length: depths.count,
                to: panel, step: Tile.rows, width: Tile.rows)
        } else if row + 8 <= product.rows {
            let source = a + depths.lowerBound * leading + row
            for k in 0..<depths.count {
                Vector(at: source + k * leading).store(to: panel + k * Tile.rows)
            }
        } else {
            let source = a + depths.lowerBound * leading + row
            for k in 0..<depths.count {
                Vector(at: source + k * leading, count: height)
                    .store(to: panel + k * Tile.rows, count: Tile.rows)
            }
        }
        panel += depths.count * Tile.rows
    }
}
