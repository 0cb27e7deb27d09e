import Kernels

/// Matrix products of one operation, shared out over the team. The bits do not depend on how many threads there are.
struct Product {
    private let scratch: ScratchSpace

    init(_ site: Site) { self.init(site.scratch) }

    /// Products that use a scratch space of their own.
    init(_ scratch: ScratchSpace) { self.scratch = scratch }

    /// Multiplications below which one thread is faster than several.
    private static let smallest = 1 << 18

    /// Asks for the scratch space of `multiply` and its transposing forms with these sizes.
    func reserve(rows: Int, inner: Int, columns: Int) {
        reserve(MatrixProduct(rows: rows, columns: columns, depth: inner))
        reserve(MatrixProduct(rows: inner, columns: columns, depth: rows, transposeA: true))
        reserve(MatrixProduct(rows: rows, columns: inner, depth: columns, transposeB: true))
    }

    /// Asks for the scratch space of a product.
    func reserve(_ product: MatrixProduct) {
        let parts = Self.parts(product, threads: scratch.threads)
        scratch.need(parts * Self.scratchCount(product, parts: parts))
    }

    /// `c = a · b + bias`, with `a` `[rows, inner]` and `b` `[inner, columns]`.
    func multiply(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, to c: UnsafeMutablePointer<Float>, rows: Int,
        inner: Int,
        columns: Int, accumulate: Bool = false, bias: UnsafePointer<Float>? = nil,
        activation: ActivationKind = .linear,
        _ team: ThreadTeam
    ) {
        run(
            MatrixProduct(rows: rows, columns: columns, depth: inner), a, b, c, accumulate: accumulate,
            bias: bias,
            activation: activation, team)
    }

    /// `c = aᵀ · b`, with `a` `[inner, rows]` and `b` `[inner, columns]`.
    func multiplyTransposingLeft(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, to c: UnsafeMutablePointer<Float>, rows: Int,
        inner: Int,
        columns: Int, accumulate: Bool = false, _ team: ThreadTeam
    ) {
        run(
            MatrixProduct(rows: rows, columns: columns, depth: inner, transposeA: true), a, b, c,
            accumulate: accumulate, team)
    }

    /// `c = a · bᵀ`, with `a` `[rows, inner]` and `b` `[columns, inner]`.
    func multiplyTransposingRight(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, to c: UnsafeMutablePointer<Float>, rows: Int,
        inner: Int,
        columns: Int, accumulate: Bool = false, _ team: ThreadTeam
    ) {
        run(
            MatrixProduct(rows: rows, columns: columns, depth: inner, transposeB: true), a, b, c,
            accumulate: accumulate, team)
    }

    /// Any product whose scratch space was asked for, or of one with as many rows or fewer.
    func run(
        _ product: MatrixProduct, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
        _ c: UnsafeMutablePointer<Float>, accumulate: Bool = false, bias: UnsafePointer<Float>? = nil,
        activation: ActivationKind = .linear, _ team: ThreadTeam
    ) {
        let parts = Self.parts(product, threads: team.threads)
        let body = Parts(
            product: product, a: a, b: b, c: c, accumulate: accumulate, bias: bias, activation: activation,
            scratch: scratch.values, scratchCount: Self.scratchCount(product, parts: parts), parts: parts)
        if parts == 1 { body.run(part: 0) } else { team.parallel(parts: parts, body) }
    }

    private static func parts(_ product: MatrixProduct, threads: Int) -> Int {
        let work = product.rows * product.columns * product.depth
        return threads == 1 || work < smallest ? 1 : threads
    }

    /// Floats that a part has, a whole number of cache lines.
    fileprivate static func scratchCount(_ product: MatrixProduct, parts: Int) -> Int {
        let line = Arena.alignment / MemoryLayout<Float>.size
        return (product.scratchCount(parts: parts) + line - 1) / line * line
    }

    private struct Parts: ParallelBody {
        let product: MatrixProduct
        let a: UnsafePointer<Float>
        let b: UnsafePointer<Float>
        let c: UnsafeMutablePointer<Float>
        let accumulate: Bool
        let bias: UnsafePointer<Float>?
        let activation: ActivationKind
        let scratch: UnsafeMutablePointer<Float>
        let scratchCount: Int
        let parts: Int

        func run(part: Int) {
            product.run(
                a: a, b: b, c: c, accumulate: accumulate, bias: bias, activation: activation,
                scratch: scratch + part * scratchCount, part: part, of: parts)
        }
    }
}

/// Matrix products that each thread of a team runs by itself, in scratch space of its own.
struct OwnProducts {
    private let scratch: ScratchSpace
    /// Floats that a thread has.
    private let count: Int

    /// Asks for the scratch space of these products, or of ones with fewer rows or a shorter depth.
    init(_ products: [MatrixProduct], _ site: Site) {
        scratch = site.scratch
        count = products.map { Product.scratchCount($0, parts: 1) }.max() ?? 0
        scratch.need(scratch.threads * count)
    }

    /// Runs a product on the thread that does part `thread` of the work.
    func run(
        _ product: MatrixProduct, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
        _ c: UnsafeMutablePointer<Float>, accumulate: Bool = false, bias: UnsafePointer<Float>? = nil,
        activation: ActivationKind = .linear, thread: Int
    ) {
        product.run(
            a: a, b: b, c: c, accumulate: accumulate, bias: bias, activation: activation,
            scratch: scratch.values + thread * count)
    }
}
