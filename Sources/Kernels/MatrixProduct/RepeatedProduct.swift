import Panels

/// Products `C = A · op(B)` by one matrix B many times, as a recurrent layer makes them at each step: B's panels are
/// laid out once, and rows may be computed apart, by several threads. An element's sum runs over the whole depth in
/// order, so its bits depend neither on the number of rows nor on where they are cut.
public struct RepeatedProduct: Sendable {
    private let product: MatrixProduct

    /// Plans products by a B that is stored `[depth, columns]`, or `[columns, depth]` if transposed.
    public init(columns: Int, depth: Int, transposeB: Bool = false) {
        // Two rows stand for any number of them.
        product = MatrixProduct(
            rows: 2, columns: columns, depth: depth, transposeB: transposeB)
    }

    /// How many floats B's panels take.
    public var panelCount: Int {
        product.panelCount(columns: product.columns, depth: product.depth)
    }

    /// Lays B's panels out.
    /// - `panels`: receives `panelCount` floats.
    public func layOut(_ b: UnsafePointer<Float>, to panels: UnsafeMutablePointer<Float>) {
        packPanels(product, b, columns: 0..<product.columns, depths: 0..<product.depth, to: panels)
    }

    /// Computes rows of C, all matrices dense.
    /// - `panels`: what `layOut` wrote.
    /// - `accumulate`: whether the product is added to what C holds.
    /// - `bias`: a value for each column, added to C; none if nil.
    public func run(
        rows: Int, a: UnsafePointer<Float>, panels: UnsafePointer<Float>, c: UnsafeMutablePointer<Float>,
        accumulate: Bool = false, bias: UnsafePointer<Float>? = nil
    ) {
        let output = Output(
            c: c, leading: product.columns, accumulate: accumulate, bias: bias, activation: .linear)
        SmallProduct.runPanels(
            product, a: a, panels: panels, output: output, rows: 0..<rows, columns: 0..<product.columns)
    }
}
