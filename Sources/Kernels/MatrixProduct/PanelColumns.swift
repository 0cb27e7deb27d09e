import Panels

/// The columns of C that a panel has, as two vectors. Where fewer are left, a vector reaches back over columns done
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

    /// The columns from `first` on, up to `end` at most.
    init(_ product: MatrixProduct, first: Int, end: Int) {
        let vector = product.lanes.rawValue
        let width = min(2 * vector, end - first)
        isWide = width > vector
        if width >= vector {
            left = first
            right = isWide ? first + width - vector : first
            lanes = 0..<vector
        } else if product.columns >= vector {
            left = first + width - vector
            right = left
            lanes = (vector - width)..<vector
        } else {
            left = first
            right = first
            lanes = 0..<width
        }
    }

    /// The panel that has been packed of these columns.
    func packed(
        _ panel: UnsafePointer<Float>, _ product: MatrixProduct, depth: Int, a: UnsafePointer<Float>,
        layout: Panel.Layout, output: Output
    ) -> Panel {
        self.panel(
            left: panel, right: panel + product.lanes.rawValue, step: product.panelColumns, depth: depth,
            a: a,
            layout: layout, output: output)
    }

    /// A panel of these columns, added to what C holds if the output says so; the output's bias and bound apply.
    func panel(
        left: UnsafePointer<Float>, right: UnsafePointer<Float>, step: Int, depth: Int,
        a: UnsafePointer<Float>, layout: Panel.Layout, output: Output
    ) -> Panel {
        Panel(
            a: a, layout: layout, left: left, right: right, step: step, depth: depth, isWide: isWide,
            c: output.c + self.left, leading: output.leading, rightOffset: self.right - self.left,
            lanes: lanes, accumulate: output.accumulate, floor: output.floor,
            bias: output.bias.map { $0 + self.left })
    }
}
