import Panels

/// Products whose A is read where it lies. B is too, unless it is transposed, narrower than a vector, or worth
/// packing, a few panels at a time.
enum SmallProduct {
    static func scratchCount(depth: Int) -> Int { depth * packedAtOnce + Scratch.alignment }

    static func run(
        _ product: MatrixProduct, a: UnsafePointer<Float>, b: UnsafePointer<Float>, output: Output,
        range: BlockRange, scratch: UnsafeMutablePointer<Float>
    ) {
        let isNarrow = product.columns < product.lanes.rawValue
        let isPacked = product.transposeB || isNarrow || isWorthPacking(product, range)
        let panels = Scratch.aligned(scratch)
        for first in stride(from: range.columns.lowerBound, to: range.columns.upperBound, by: packedAtOnce) {
            let columns = first..<min(first + packedAtOnce, range.columns.upperBound)
            if isPacked {
                packPanels(product, b, columns: columns, depths: 0..<product.depth, to: panels)
                runPanels(product, a: a, panels: panels, output: output, rows: range.rows, columns: columns)
            } else {
                runColumns(product, a: a, b: b, output: output, rows: range.rows, columns: columns)
            }
        }
        output.activate(rows: range.rows, columns: range.columns)
    }

    /// Products by columns of B whose panels are laid out.
    static func runPanels(
        _ product: MatrixProduct, a: UnsafePointer<Float>, panels: UnsafePointer<Float>, output: Output,
        rows: Range<Int>, columns: Range<Int>
    ) {
        if rows.isEmpty { return }
        let output = output.from(row: rows.lowerBound)
        for column in stride(from: columns.lowerBound, to: columns.upperBound, by: product.panelColumns) {
            PanelColumns(product, first: column, end: columns.upperBound)
                .packed(
                    panels + (column - columns.lowerBound) * product.depth, product, depth: product.depth,
                    a: product.row(rows.lowerBound, of: a), layout: product.layoutA, output: output
                )
                .multiply(rows: rows.count, product.lanes)
        }
    }

    /// Products by columns of B where they lie.
    private static func runColumns(
        _ product: MatrixProduct, a: UnsafePointer<Float>, b: UnsafePointer<Float>, output: Output,
        rows: Range<Int>, columns: Range<Int>
    ) {
        let output = output.from(row: rows.lowerBound)
        for column in stride(from: columns.lowerBound, to: columns.upperBound, by: product.panelColumns) {
            let split = PanelColumns(product, first: column, end: columns.upperBound)
            split.panel(
                left: b + split.left, right: b + split.right, step: product.leadingB, depth: product.depth,
                a: product.row(rows.lowerBound, of: a), layout: product.layoutA, output: output
            )
            .multiply(rows: rows.count, product.lanes)
        }
    }

    /// As many rows read B where it lies at least as fast as in panels.
    private static let fewRows = 18

    /// Whether rows of B so far apart that they fall on the same lines of the cache are read often enough.
    private static func isWorthPacking(_ product: MatrixProduct, _ range: BlockRange) -> Bool {
        product.depth * product.leadingB >= 16_384 && range.rows.count > fewRows
    }
}

extension MatrixProduct {
    /// How op(A) lies.
    fileprivate var layoutA: Panel.Layout {
        transposeA ? .columns(leading: leadingA) : .rows(leading: leadingA)
    }

    /// Where a row of op(A) begins.
    fileprivate func row(_ row: Int, of a: UnsafePointer<Float>) -> UnsafePointer<Float> {
        a + row * (transposeA ? 1 : leadingA)
    }
}
