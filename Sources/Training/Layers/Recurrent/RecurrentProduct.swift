import Kernels

/// Products of states or gates by a recurrent kernel, one a step, with the kernel laid out once for all steps. Rows may
/// be computed by several threads, each for itself.
struct RecurrentProduct {
    private let product: RepeatedProduct
    private let panels: UnsafeMutablePointer<Float>

    /// By a kernel `[depth, columns]`, or `[columns, depth]` where it is transposed.
    init(_ site: Site, columns: Int, depth: Int, transposed: Bool = false) throws {
        product = RepeatedProduct(columns: columns, depth: depth, transposeB: transposed)
        panels = try site.buffer(product.panelCount)
    }

    /// Lays the kernel out as it is now.
    func prepare(_ kernel: UnsafePointer<Float>) { product.layOut(kernel, to: panels) }

    /// `c = a · kernel + bias` for `rows` rows.
    func run(
        rows: Int, _ a: UnsafePointer<Float>, to c: UnsafeMutablePointer<Float>, accumulate: Bool = false,
        bias: UnsafePointer<Float>? = nil
    ) {
        product.run(rows: rows, a: a, panels: panels, c: c, accumulate: accumulate, bias: bias)
    }
}
