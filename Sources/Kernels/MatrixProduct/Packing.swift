import Panels

/// How many columns of B are packed in one go: those of neighbouring panels lie on neighbouring lines.
let packedAtOnce = 64

/// Copies columns of op(B), for the depths given, in panels, each depth by depth. In the last panel the two halves are
/// those of `PanelColumns`; lanes of columns that do not exist are zero.
func packPanels(
    _ product: MatrixProduct, _ b: UnsafePointer<Float>, columns: Range<Int>, depths: Range<Int>,
    to panels: UnsafeMutablePointer<Float>
) {
    let lanes = product.lanes.rawValue
    var (column, panel) = (columns.lowerBound, panels)
    while !product.transposeB, column + packedAtOnce <= columns.upperBound {
        let source = b + depths.lowerBound * product.leadingB + column
        switch product.lanes {
        case .eight: packGroup(source, product.leadingB, depth: depths.count, to: panel, width: 16)
        case .sixteen: packGroup(source, product.leadingB, depth: depths.count, to: panel, width: 32)
        }
        column += packedAtOnce
        panel += packedAtOnce * depths.count
    }
    while column < columns.upperBound {
        let split = PanelColumns(product, first: column, end: columns.upperBound)
        packHalf(product, b, first: split.left, depths: depths, to: panel)
        if split.isWide { packHalf(product, b, first: split.right, depths: depths, to: panel + lanes) }
        column += product.panelColumns
        panel += product.panelColumns * depths.count
    }
}

/// Whole panels of a B that is not transposed, `packedAtOnce` columns.
@inline(__always)
private func packGroup(
    _ source: UnsafePointer<Float>, _ leading: Int, depth: Int, to panels: UnsafeMutablePointer<Float>,
    width: Int
) {
    for k in 0..<depth {
        let (row, target) = (source + k * leading, panels + k * width)
        @inline(__always)
        func copy(_ column: Int) {
            Vector(at: row + column).store(to: target + column / width * width * depth + column % width)
        }
        copy(0)
        copy(8)
        copy(16)
        copy(24)
        copy(32)
        copy(40)
        copy(48)
        copy(56)
    }
}

/// Half of a panel, from column `first` on.
private func packHalf(
    _ product: MatrixProduct, _ b: UnsafePointer<Float>, first: Int, depths: Range<Int>,
    to panel: UnsafeMutablePointer<Float>
) {
    let count = min(8, product.columns)
    packColumns(product, b, first: first, count: count, depths: depths, to: panel)
    if product.lanes == .sixteen {
        packColumns(product, b, first: first + 8, count: count, depths: depths, to: panel + 8)
    }
}

/// Copies `count` (1 to 8) columns of op(B), from column `first`, to eight lanes of a panel.
private func packColumns(
    _ product: MatrixProduct, _ b: UnsafePointer<Float>, first: Int, count: Int, depths: Range<Int>,
    to panel: UnsafeMutablePointer<Float>
) {
    let (leading, step) = (product.leadingB, product.panelColumns)
    if product.transposeB {
        transposeRows(
            b + first * leading + depths.lowerBound, leading: leading, rows: count, length: depths.count,
            to: panel, step: step, width: 8)
        return
    }
    let source = b + depths.lowerBound * leading + first
    for k in 0..<depths.count {
        let row = source + k * leading
        let vector = count == 8 ? Vector(at: row) : Vector(at: row, count: count)
        vector.store(to: panel + k * step)
    }
}

/// Copies the rows of op(A) in panels of as many as a tile has, depth by depth; rows beyond the last are zero. Up to four
/// floats after the last panel are overwritten.
func packRows(
    _ product: MatrixProduct, _ a: UnsafePointer<Float>, rows: Range<Int>, depths: Range<Int>,
    to panels: UnsafeMutablePointer<Float>
) {
    let (leading, step) = (product.leadingA, product.tileRows)
    let whole = product.transposeA ? rows.count / step : 0
    packWholePanels(product, a + rows.lowerBound, count: whole, depths: depths, to: panels)
    var panel = panels + whole * step * depths.count
    for row in stride(from: rows.lowerBound + whole * step, to: rows.upperBound, by: step) {
        let height = min(step, rows.upperBound - row)
        // The last eight first, since their lanes reach into those of the next depth.
        for first in stride(from: (step - 1) / 8 * 8, through: 0, by: -8) {
            packEight(
                product, a + (product.transposeA ? row + first : (row + first) * leading),
                height: max(0, min(8, height - first)), width: min(8, step - first),
                isInside: row + first + 8 <= product.rows, depths: depths, to: panel + first)
        }
        panel += depths.count * step
    }
}

/// Copies whole panels of rows of an A that is stored `[depth, rows]`. A few depths at a time, since the rows of
/// neighbouring panels lie on the same lines.
private func packWholePanels(
    _ product: MatrixProduct, _ a: UnsafePointer<Float>, count: Int, depths: Range<Int>,
    to panels: UnsafeMutablePointer<Float>
) {
    let step = product.tileRows
    for first in stride(from: depths.lowerBound, to: depths.upperBound, by: 16) {
        let source = a + first * product.leadingA
        let target = panels + (first - depths.lowerBound) * step
        let depth = min(16, depths.upperBound - first)
        for panel in 0..<count {
            let (source, target) = (source + panel * step, target + panel * step * depths.count)
            let leading = product.leadingA
            switch product.lanes {
            case .eight: copyRows(source, leading, to: target, count: depth, SIMD4.self, SIMD2.self)
            case .sixteen: copyRows(source, leading, to: target, count: depth, SIMD8.self, SIMD4.self)
            }
        }
    }
}

/// Copies rows, each of two vectors, that lie `leading` apart, to where they are dense.
@inline(__always)
private func copyRows<First: SIMD<Float>, Last: SIMD<Float>>(
    _ source: UnsafePointer<Float>, _ leading: Int, to target: UnsafeMutablePointer<Float>, count: Int,
    _: First.Type, _: Last.Type
) {
    let (width, offset) = (First.scalarCount + Last.scalarCount, First.scalarCount)
    for row in 0..<count {
        let from = UnsafeRawPointer(source + row * leading)
        let to = UnsafeMutableRawPointer(target + row * width)
        to.storeBytes(of: from.loadUnaligned(as: First.self), as: First.self)
        to.storeBytes(
            of: from.loadUnaligned(fromByteOffset: 4 * offset, as: Last.self), toByteOffset: 4 * offset,
            as: Last.self)
    }
}

/// Copies up to eight rows of op(A) to the lanes of a panel: `height` of them, and zeros up to `width`.
/// - `isInside`: whether op(A) has eight rows from the first on.
@inline(__always)
private func packEight(
    _ product: MatrixProduct, _ a: UnsafePointer<Float>, height: Int, width: Int, isInside: Bool,
    depths: Range<Int>, to panel: UnsafeMutablePointer<Float>
) {
    let (leading, step) = (product.leadingA, product.tileRows)
    if !product.transposeA {
        transposeRows(
            a + depths.lowerBound, leading: leading, rows: height, length: depths.count, to: panel,
            step: step,
            width: width)
        return
    }
    let source = a + depths.lowerBound * leading
    if isInside {
        for k in 0..<depths.count { Vector(at: source + k * leading).store(to: panel + k * step) }
    } else {
        for k in 0..<depths.count {
            Vector(at: source + k * leading, count: height).store(to: panel + k * step, count: width)
        }
    }
}
