import Kernels

/// Matrix products of one operation, shared out over the team.
struct Product {
    private let scratch: ScratchSpace

    init(_ site: Site) { scratch = site.scratch }

    /// Floating-point operations below which one thread is faster than several.
    private static let smallest = 1 << 20

    /// Asks for the scratch space of `multiply` and its transposing forms with these sizes.
    func reserve(rows: Int, inner: Int, columns: Int) {
        for product in [
            MatrixProduct(rows: rows, columns: columns, depth: inner),
            MatrixProduct(rows: inner, columns: columns, depth: rows, transposeA: true),
            MatrixProduct(rows: rows, columns: inner, depth: columns, transposeB: true),
        ] {
            scratch.need(product.scratchCount())
        }
    }

    /// `c = a · b + bias`, with `a` `[rows, inner]` and `b` `[inner, columns]`.
    func multiply(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, to c: UnsafeMutablePointer<Float>, rows: Int,
        inner: Int,
        columns: Int, bias: UnsafePointer<Float>? = nil, activation: ActivationKind = .linear,
        _ team: ThreadTeam
    ) {
        MatrixProduct(rows: rows, columns: columns, depth: inner).run(
            a: a, b: b, c: c, bias: bias, activation: activation, scratch: scratch.values)
    }

    /// `c = aᵀ · b`, with `a` `[inner, rows]` and `b` `[inner, columns]`.
    func multiplyTransposingLeft(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, to c: UnsafeMutablePointer<Float>, rows: Int,
        inner: Int,
        columns: Int, accumulate: Bool = false, _ team: ThreadTeam
    ) {
        MatrixProduct(rows: rows, columns: columns, depth: inner, transposeA: true).run(
            a: a, b: b, c: c, accumulate: accumulate, scratch: scratch.values)
    }

    /// `c = a · bᵀ`, with `a` `[rows, inner]` and `b` `[columns, inner]`.
    func multiplyTransposingRight(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, to c: UnsafeMutablePointer<Float>, rows: Int,
        inner: Int,
        columns: Int, accumulate: Bool = false, _ team: ThreadTeam
    ) {
        MatrixProduct(rows: rows, columns: columns, depth: inner, transposeB: true).run(
            a: a, b: b, c: c, accumulate: accumulate, scratch: scratch.values)
    }
}
