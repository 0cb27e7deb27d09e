/// Products whose A is read where it lies. B is too, unless it is transposed or narrower than a vector: then
/// sixteen columns at a time are packed.
enum SmallProduct {
    static func run(
        _ product: MatrixProduct, a: UnsafePointer<Float>, b: UnsafePointer<Float>, output: Output,
        range: BlockRange, scratch: UnsafeMutablePointer<Float>
    ) {
        let panel = Scratch.aligned(scratch)
        var column = range.columns.lowerBound
        while column < range.columns.upperBound {
            let width = min(Tile.columns, range.columns.upperBound - column)
            let split = PanelColumns(first: column, width: width, of: product.columns)
            var (left, right, bDepth) = (b + split.left, b + split.right, product.leadingB)
            if product.transposeB || product.columns < 8 || isWorthPacking(product, range) {
                pack(product, b, split, to: panel)
                (left, right, bDepth) = (
                    UnsafePointer(panel), UnsafePointer(panel) + 8, split.isWide ? 16 : 8
                )
            }
            let finish = split.finish(output, accumulate: output.accumulate, isLast: true)
            runPanel(
                product, a: a, left: left, right: right, bDepth: bDepth, output: output, rows: range.rows,
                column: split.left, isWide: split.isWide, finish: finish)
            column += width
        }
        output.activate(rows: range.rows, columns: range.columns)
    }

    /// Whether rows of B so far apart that they fall on the same lines of the cache are read often enough.
    private static func isWorthPacking(_ product: MatrixProduct, _ range: BlockRange) -> Bool {
        product.depth * product.leadingB > 16_384 && range.rows.count > 3 * Tile.rows
    }

    /// All rows of one panel of columns, in tiles of as even a height as can be.
    private static func runPanel(
        _ product: MatrixProduct, a: UnsafePointer<Float>, left: UnsafePointer<Float>,
        right: UnsafePointer<Float>, bDepth: Int, output: Output, rows: Range<Int>, column: Int, isWide: Bool,
        finish: TileFinish
    ) {
        let layout: ALayout =
            product.transposeA
            ? .columnMajor(leading: product.leadingA) : .rowMajor(leading: product.leadingA)
        let rowStep = product.transposeA ? 1 : product.leadingA
        let tiles = (rows.count + Tile.rows - 1) / Tile.rows
        var row = rows.lowerBound
        for tile in 0..<tiles {
            let height = (rows.upperBound - row + tiles - tile - 1) / (tiles - tile)
            let c = output.c + row * output.leading + column
            if isWide {
                computeTile(
                    rows: height, isWide: true, depth: product.depth, a: a + row * rowStep, layout: layout,
                    left: left, right: right, bDepth: bDepth, c: c, leading: output.leading, finish: finish)
            } else {
                computeTile(
                    rows: height, isWide: false, depth: product.depth, a: a + row * rowStep, layout: layout,
                    left: left, right: left, bDepth: bDepth, c: c, leading: output.leading, finish: finish)
            }
            row += height
        }
    }

    /// Packs one panel of columns of B.
    private static func pack(
        _ product: MatrixProduct, _ b: UnsafePointer<Float>, _ split: PanelColumns,
        to panel: UnsafeMutablePointer<Float>
    ) {
        let columns = min(8, product.columns)
        let step = split.isWide ? 16 : 8
        packColumns(
            product, b, first: split.left, count: columns, depths: 0..<product.depth, to: panel, step: step)
        if split.isWide {
            packColumns(
                product, b, first: split.right, count: 8, depths: 0..<product.depth, to: panel + 8, step: step
            )
        }
    }
}

/// Up to sixteen columns of C as two vectors. Where fewer are left, a vector reaches back over columns done
/// before, so that nothing is read beyond the matrix.
struct PanelColumns {
    /// Where the left vector begins.
    let left: Int
    /// Where the right one does.
    let right: Int
    /// Whether there is a right one.
    let isWide: Bool
    /// The left vector's lanes that are to be stored.
    let lanes: Range<Int>

    init(first: Int, width: Int, of columns: Int) {
        isWide = width > 8
        if width >= 8 {
            left = first
            right = isWide ? first + width - 8 : first
            lanes = 0..<8
        } else if columns >= 8 {
            left = first + width - 8
            right = left
            lanes = (8 - width)..<8
        } else {
            left = first
            right = first
            lanes = 0..<width
        }
    }

    /// How tiles of these columns are finished, after the last block of the depth or before it.
    func finish(_ output: Output, accumulate: Bool, isLast: Bool) -> TileFinish {
        var finish = TileFinish(accumulate: accumulate, floor: isLast ? output.floor : -.infinity)
        finish.rightOffset = right - left
        finish.lanes = lanes
        if isLast, let bias = output.bias {
            finish.leftBias = Vector(at: bias + left, count: lanes.upperBound)
            if isWide { finish.rightBias = Vector(at: bias + right) }
        }
        return finish
    }
}
