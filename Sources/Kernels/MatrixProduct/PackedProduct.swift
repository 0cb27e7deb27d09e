/// Large products, after Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008): a
/// block of B is packed for the third-level cache, a block of A for the second, and panels of both meet in the
/// first.
enum PackedProduct {
    private static let depthLimit = 320
    private static let rowLimit = 144
    private static let columnLimit = 1024

    /// How deep blocks are: as even as can be. It depends on the depth alone, since it orders the sums.
    private static func blockDepth(_ product: MatrixProduct) -> Int {
        let blocks = max(1, (product.depth + depthLimit - 1) / depthLimit)
        return (product.depth + blocks - 1) / blocks
    }

    static func scratchCount(_ product: MatrixProduct, parts: Int) -> Int {
        // Not blockDepth, which a shorter product may exceed: room for a batch has to do for a smaller one.
        let depth = min(product.depth, depthLimit)
        return rowsUp(min(rowLimit, product.rows)) * depth + 8
            + columnsUp(min(columnLimit, product.columns)) * depth + 2 * Scratch.alignment
    }

    private static func rowsUp(_ rows: Int) -> Int {
        (rows + TileSize.rows - 1) / TileSize.rows * TileSize.rows
    }
    private static func columnsUp(_ columns: Int) -> Int {
        (columns + TileSize.columns - 1) / TileSize.columns * TileSize.columns
    }

    static func run(
        _ product: MatrixProduct, a: UnsafePointer<Float>, b: UnsafePointer<Float>, output: Output,
        range: BlockRange, scratch: UnsafeMutablePointer<Float>
    ) {
        let depthStep = max(1, blockDepth(product))
        let packedB = Scratch.aligned(scratch)
        let widest = columnsUp(min(columnLimit, product.columns))
        let packedA = Scratch.aligned(packedB + widest * depthStep)
        for column in stride(from: range.columns.lowerBound, to: range.columns.upperBound, by: columnLimit) {
            let columns = column..<min(column + columnLimit, range.columns.upperBound)
            for depth in stride(from: 0, to: max(1, product.depth), by: depthStep) {
                let depths = depth..<min(depth + depthStep, product.depth)
                packPanels(product, b, columns: columns, depths: depths, to: packedB)
                let block = Block(product: product, output: output, columns: columns, depths: depths)
                for row in stride(from: range.rows.lowerBound, to: range.rows.upperBound, by: rowLimit) {
                    let rows = row..<min(row + rowLimit, range.rows.upperBound)
                    packRows(product, a, rows: rows, depths: depths, to: packedA)
                    block.run(packedA: packedA, packedB: packedB, rows: rows)
                }
            }
        }
    }

    /// One block of B with what it is added to.
    private struct Block {
        let product: MatrixProduct
        let output: Output
        let columns: Range<Int>
        let depths: Range<Int>

        func run(packedA: UnsafePointer<Float>, packedB: UnsafePointer<Float>, rows: Range<Int>) {
            let isLast = depths.upperBound == product.depth
            let accumulate = output.accumulate || depths.lowerBound > 0
            var panel = packedB
            for column in stride(from: columns.lowerBound, to: columns.upperBound, by: TileSize.columns) {
                let width = min(TileSize.columns, columns.upperBound - column)
                let split = PanelColumns(first: column, width: width, of: product.columns)
                let finish = split.finish(output, accumulate: accumulate, isLast: isLast)
                runPanel(packedA, panel, rows: rows, split: split, finish: finish)
                panel += TileSize.columns * depths.count
            }
            if isLast { output.activate(rows: rows, columns: columns) }
        }

        private func runPanel(
            _ packedA: UnsafePointer<Float>, _ panel: UnsafePointer<Float>, rows: Range<Int>,
            split: PanelColumns, finish: TileFinish
        ) {
            let b = BPanel(left: panel, right: panel + 8, step: TileSize.columns, depth: depths.count)
            var rowPanel = packedA
            for row in stride(from: rows.lowerBound, to: rows.upperBound, by: TileSize.rows) {
                let height = min(TileSize.rows, rows.upperBound - row)
                let c = output.c + row * output.leading + split.left
                if split.isWide {
                    computeTile(
                        rows: height, Wide.self, a: rowPanel, layout: PackedRows(), b: b, c: c,
                        leading: output.leading, finish: finish)
                } else {
                    computeTile(
                        rows: height, Narrow.self, a: rowPanel, layout: PackedRows(), b: b, c: c,
                        leading: output.leading, finish: finish)
                }
                rowPanel += TileSize.rows * depths.count
            }
        }
    }
}
