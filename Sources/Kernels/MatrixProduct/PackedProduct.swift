import Panels

/// Large products, after Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008): a
/// block of B is packed for the third-level cache, a block of A for the second, and panels of both meet in the
/// first.
enum PackedProduct {
    private static let depthLimit = 512
    private static let rowLimit = 144
    private static let columnLimit = 1024

    /// How deep blocks are: as even as can be. It depends on the depth alone, since it orders the sums.
    private static func blockDepth(_ product: MatrixProduct) -> Int {
        let blocks = max(1, (product.depth + depthLimit - 1) / depthLimit)
        return (product.depth + blocks - 1) / blocks
    }

    /// Whether A's rows lie such that packing them gains nothing: one after the other, and not on the same lines of the
    /// first-level cache.
    private static func isReadInPlace(_ product: MatrixProduct) -> Bool {
        !product.transposeA && product.leadingA % 1024 != 0
    }

    static func scratchCount(_ product: MatrixProduct, parts: Int) -> Int {
        // Not blockDepth, which a shorter product may exceed: room for a batch has to do for a smaller one.
        let depth = min(product.depth, depthLimit)
        return rowsUp(min(rowLimit, product.rows), product.tileRows) * depth + 8
            + product.panelCount(columns: min(columnLimit, product.columns), depth: depth)
            + 2 * Scratch.alignment
    }

    private static func rowsUp(_ rows: Int, _ tileRows: Int) -> Int {
        (rows + tileRows - 1) / tileRows * tileRows
    }

    static func run(
        _ product: MatrixProduct, a: UnsafePointer<Float>, b: UnsafePointer<Float>, output: Output,
        range: BlockRange, scratch: UnsafeMutablePointer<Float>
    ) {
        let depthStep = max(1, blockDepth(product))
        let packedB = Scratch.aligned(scratch)
        let widest = min(columnLimit, product.columns)
        let packedA = Scratch.aligned(packedB + product.panelCount(columns: widest, depth: depthStep))
        for column in stride(from: range.columns.lowerBound, to: range.columns.upperBound, by: columnLimit) {
            let columns = column..<min(column + columnLimit, range.columns.upperBound)
            for depth in stride(from: 0, to: max(1, product.depth), by: depthStep) {
                let depths = depth..<min(depth + depthStep, product.depth)
                packPanels(product, b, columns: columns, depths: depths, to: packedB)
                let output = output.step(depths, of: product.depth)
                for row in stride(from: range.rows.lowerBound, to: range.rows.upperBound, by: rowLimit) {
                    let rows = row..<min(row + rowLimit, range.rows.upperBound)
                    var block = (a: UnsafePointer(packedA), layout: Panel.Layout.packed)
                    if isReadInPlace(product) {
                        block.a = a + row * product.leadingA + depth
                        block.layout = .rows(leading: product.leadingA)
                    } else {
                        packRows(product, a, rows: rows, depths: depths, to: packedA)
                    }
                    multiply(
                        product, block.a, block.layout, packedB, output: output, rows: rows, columns: columns,
                        depth: depths.count)
                }
            }
        }
    }

    /// One block of A by one of B.
    private static func multiply(
        _ product: MatrixProduct, _ a: UnsafePointer<Float>, _ layout: Panel.Layout,
        _ packedB: UnsafePointer<Float>, output: Output, rows: Range<Int>, columns: Range<Int>, depth: Int
    ) {
        let block = output.from(row: rows.lowerBound)
        for column in stride(from: columns.lowerBound, to: columns.upperBound, by: product.panelColumns) {
            PanelColumns(product, first: column, end: columns.upperBound)
                .packed(
                    packedB + (column - columns.lowerBound) * depth, product, depth: depth, a: a,
                    layout: layout, output: block
                )
                .multiply(rows: rows.count, product.lanes)
        }
        output.activate(rows: rows, columns: columns)
    }
}
