/// Products whose A is read where it lies. B is too, unless it is transposed, narrower than a vector, or worth
/// packing, a few panels at a time.
enum SmallProduct {
    static func scratchCount(depth: Int) -> Int {
        depth * TileSize.columns * panelsAtOnce + Scratch.alignment
    }

    static func run(
        _ product: MatrixProduct, a: UnsafePointer<Float>, b: UnsafePointer<Float>, output: Output,
        range: BlockRange, scratch: UnsafeMutablePointer<Float>
    ) {
        let isPacked = product.transposeB || product.columns < 8 || isWorthPacking(product, range)
        let panels = Scratch.aligned(scratch)
        let group = TileSize.columns * panelsAtOnce
        for first in stride(from: range.columns.lowerBound, to: range.columns.upperBound, by: group) {
            let columns = first..<min(first + group, range.columns.upperBound)
            if isPacked { packPanels(product, b, columns: columns, depths: 0..<product.depth, to: panels) }
            for column in stride(from: first, to: columns.upperBound, by: TileSize.columns) {
                let width = min(TileSize.columns, columns.upperBound - column)
                let split = PanelColumns(first: column, width: width, of: product.columns)
                let panel = UnsafePointer(panels) + (column - first) * product.depth
                let columns = BPanel(
                    left: isPacked ? panel : b + split.left, right: isPacked ? panel + 8 : b + split.right,
                    step: isPacked ? TileSize.columns : product.leadingB, depth: product.depth)
                let finish = split.finish(output, accumulate: output.accumulate, isLast: true)
                runPanel(
                    product, a: a, b: columns, output: output, rows: range.rows, split: split, finish: finish)
            }
        }
        output.activate(rows: range.rows, columns: range.columns)
    }

    /// Products by a B all of whose panels are laid out already.
    static func run(
        _ product: MatrixProduct, a: UnsafePointer<Float>, panels: UnsafePointer<Float>, output: Output,
        rows: Range<Int>
    ) {
        if rows.isEmpty { return }
        for column in stride(from: 0, to: product.columns, by: TileSize.columns) {
            let width = min(TileSize.columns, product.columns - column)
            let split = PanelColumns(first: column, width: width, of: product.columns)
            let panel = panels + column * product.depth
            let b = BPanel(left: panel, right: panel + 8, step: TileSize.columns, depth: product.depth)
            let finish = split.finish(output, accumulate: output.accumulate, isLast: true)
            runPanel(product, a: a, b: b, output: output, rows: rows, split: split, finish: finish)
        }
    }

    /// Whether rows of B so far apart that they fall on the same lines of the cache are read often enough.
    private static func isWorthPacking(_ product: MatrixProduct, _ range: BlockRange) -> Bool {
        product.depth * product.leadingB > 16_384 && range.rows.count > 3 * TileSize.rows
    }

    /// All rows of one panel of columns.
    private static func runPanel(
        _ product: MatrixProduct, a: UnsafePointer<Float>, b: BPanel, output: Output, rows: Range<Int>,
        split: PanelColumns, finish: TileFinish
    ) {
        let leading = product.leadingA
        let c = output.c + split.left
        switch (product.transposeA, split.isWide) {
        case (false, true): runTiles(Wide.self, a, RowMajor(leading: leading), b, c, output, rows, finish)
        case (false, false): runTiles(Narrow.self, a, RowMajor(leading: leading), b, c, output, rows, finish)
        case (true, true): runTiles(Wide.self, a, ColumnMajor(leading: leading), b, c, output, rows, finish)
        case (true, false):
            runTiles(Narrow.self, a, ColumnMajor(leading: leading), b, c, output, rows, finish)
        }
    }

    /// Tiles of as even a height as can be.
    private static func runTiles<Width: TileWidth, Layout: ALayout>(
        _ width: Width.Type, _ a: UnsafePointer<Float>, _ layout: Layout, _ b: BPanel,
        _ c: UnsafeMutablePointer<Float>, _ output: Output, _ rows: Range<Int>, _ finish: TileFinish
    ) {
        let tiles = (rows.count + TileSize.rows - 1) / TileSize.rows
        let (base, taller) = rows.count.quotientAndRemainder(dividingBy: tiles)
        var row = rows.lowerBound
        for tile in 0..<tiles {
            let height = tile < taller ? base + 1 : base
            computeTile(
                rows: height, width, a: a + row * layout.rowStep, layout: layout, b: b,
                c: c + row * output.leading, leading: output.leading, finish: finish)
            row += height
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
