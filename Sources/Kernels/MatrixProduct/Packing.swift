/// How many panels of B are packed in one go: neighbours lie on neighbouring lines.
let panelsAtOnce = 4

/// Copies columns of op(B), for the depths given, in panels of sixteen, each depth by depth. In the last panel the
/// two halves are those of `PanelColumns`; lanes of columns that do not exist are zero.
func packPanels(
    _ product: MatrixProduct, _ b: UnsafePointer<Float>, columns: Range<Int>, depths: Range<Int>,
    to panels: UnsafeMutablePointer<Float>
) {
    let panelCount = TileSize.columns * depths.count
    let group = panelsAtOnce * TileSize.columns
    var (column, panel) = (columns.lowerBound, panels)
    while !product.transposeB, column + group <= columns.upperBound {
        let source = b + depths.lowerBound * product.leadingB + column
        packGroup(source, leading: product.leadingB, depth: depths.count, to: panel, panelCount: panelCount)
        column += group
        panel += panelsAtOnce * panelCount
    }
    while column < columns.upperBound {
        let width = min(TileSize.columns, columns.upperBound - column)
        let split = PanelColumns(first: column, width: width, of: product.columns)
        packColumns(product, b, first: split.left, count: min(8, product.columns), depths: depths, to: panel)
        if split.isWide {
            packColumns(product, b, first: split.right, count: 8, depths: depths, to: panel + 8)
        }
        column += width
        panel += panelCount
    }
}

/// Four whole panels of a B that is not transposed.
private func packGroup(
    _ source: UnsafePointer<Float>, leading: Int, depth: Int, to panels: UnsafeMutablePointer<Float>,
    panelCount: Int
) {
    for k in 0..<depth {
        let (row, target) = (source + k * leading, panels + k * TileSize.columns)
        Vector(at: row).store(to: target)
        Vector(at: row + 8).store(to: target + 8)
        Vector(at: row + 16).store(to: target + panelCount)
        Vector(at: row + 24).store(to: target + panelCount + 8)
        Vector(at: row + 32).store(to: target + 2 * panelCount)
        Vector(at: row + 40).store(to: target + 2 * panelCount + 8)
        Vector(at: row + 48).store(to: target + 3 * panelCount)
        Vector(at: row + 56).store(to: target + 3 * panelCount + 8)
    }
}

/// Copies `count` (1 to 8) columns of op(B), from column `first`, to half of a panel.
private func packColumns(
    _ product: MatrixProduct, _ b: UnsafePointer<Float>, first: Int, count: Int, depths: Range<Int>,
    to panel: UnsafeMutablePointer<Float>
) {
    let leading = product.leadingB
    if product.transposeB {
        transposeRows(
            b + first * leading + depths.lowerBound, leading: leading, rows: count, length: depths.count,
            to: panel, step: TileSize.columns, width: 8)
        return
    }
    let source = b + depths.lowerBound * leading + first
    for k in 0..<depths.count {
        let row = source + k * leading
        let vector = count == 8 ? Vector(at: row) : Vector(at: row, count: count)
        vector.store(to: panel + k * TileSize.columns)
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
    for row in stride(from: rows.lowerBound, to: rows.upperBound, by: TileSize.rows) {
        let height = min(TileSize.rows, rows.upperBound - row)
        if !product.transposeA {
            transposeRows(
                a + row * leading + depths.lowerBound, leading: leading, rows: height, length: depths.count,
                to: panel, step: TileSize.rows, width: TileSize.rows)
        } else if row + 8 <= product.rows {
            let source = a + depths.lowerBound * leading + row
            for k in 0..<depths.count {
                Vector(at: source + k * leading).store(to: panel + k * TileSize.rows)
            }
        } else {
            let source = a + depths.lowerBound * leading + row
            for k in 0..<depths.count {
                Vector(at: source + k * leading, count: height)
                    .store(to: panel + k * TileSize.rows, count: TileSize.rows)
            }
        }
        panel += depths.count * TileSize.rows
    }
}
