import Kernels

extension ExpressionLoop {
    private var product: MatrixProduct { MatrixProduct(rows: outer, columns: inner, depth: length) }
    private var leftSlope: MatrixProduct {
        MatrixProduct(rows: outer, columns: length, depth: inner, transposeB: true)
    }
    private var rightSlope: MatrixProduct {
        MatrixProduct(rows: length, columns: inner, depth: outer, transposeA: true)
    }

    /// The scratch elements that the three products below need.
    var productScratch: Int {
        max(product.scratchCount(), leftSlope.scratchCount(), rightSlope.scratchCount())
    }

    /// z[group] = x[group] y[group], of m × k and k × n elements.
    func multiply(
        _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, into z: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let (m, k, n) = (outer, length, inner)
        for group in 0..<extents[0] {
            product.run(
                a: x + (group &* m &* k), b: y + (group &* k &* n), c: z + (group &* m &* n),
                scratch: scratch)
        }
    }

    /// d[group] += g[group] y[group]ᵀ.
    func accumulateLeftSlope(
        _ g: UnsafePointer<Float>, _ y: UnsafePointer<Float>, into d: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let (m, k, n) = (outer, length, inner)
        for group in 0..<extents[0] {
            leftSlope.run(
                a: g + (group &* m &* n), b: y + (group &* k &* n), c: d + (group &* m &* k),
                accumulate: true, scratch: scratch)
        }
    }

    /// d[group] += x[group]ᵀ g[group].
    func accumulateRightSlope(
        _ x: UnsafePointer<Float>, _ g: UnsafePointer<Float>, into d: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let (m, k, n) = (outer, length, inner)
        for group in 0..<extents[0] {
            rightSlope.run(
                a: x + (group &* m &* k), b: g + (group &* m &* n), c: d + (group &* k &* n),
                accumulate: true, scratch: scratch)
        }
    }
}
