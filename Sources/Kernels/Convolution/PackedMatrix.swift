import Panels

/// A matrix that many products multiply by, laid out once in the panels that they read.
public struct PackedMatrix: Sendable {
    let product: MatrixProduct

    /// Plans the panels of a matrix that is stored `[depth, columns]`, or `[columns, depth]` if transposed.
    ///
    /// - `leading`: floats from one stored row to the next; that of a dense matrix if nil.
    public init(
        columns: Int, depth: Int, isTransposed: Bool = false, leading: Int? = nil,
        lanes: Lanes = .widest
    ) {
        // Two rows stand for any number of them.
        product = MatrixProduct(
            rows: 2, columns: columns, depth: depth, transposeB: isTransposed,
            leadingB: leading,
            lanes: lanes)
    }

    /// The matrix's columns.
    public var columns: Int { product.columns }
    /// The matrix's rows.
    public var depth: Int { product.depth }

    /// How many floats the panels take.
    public var count: Int {
        product.panelCount(columns: columns, depth: depth)
    }

    /// Columns that are laid out at the speed of memory: those of neighbouring panels lie on neighbouring lines.
    public static var columnsAtOnce: Int { packedAtOnce }

    /// Lays out the panels of some columns, cut at multiples of `columnsAtOnce`; of all of them if nil.
    ///
    /// - `panels`: room for `count` floats, which receives those columns' share.
    public func layOut(
        _ matrix: UnsafePointer<Float>, columns range: Range<Int>? = nil,
        to panels: UnsafeMutablePointer<Float>
    ) {
        let range = range ?? 0..<columns
        packPanels(
            product, matrix, columns: range, depths: 0..<depth, to: panels + range.lowerBound * depth)
    }
}
