extension ExpressionLoop {
    /// z[group] = x[group] y[group], of m × k and k × n elements.
    func multiply(
        _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>,
        into z: UnsafeMutablePointer<Float>
    ) {
        let (m, k, n) = (outer, length, inner)
        z.update(repeating: 0, count: count)
        for group in 0..<extents[0] {
            let (x, y, z) = (x + (group &* m &* k), y + (group &* k &* n), z + (group &* m &* n))
            for i in 0..<m {
                for p in 0..<k { addScaled(n, x[i &* k &+ p], y + (p &* n), z + (i &* n)) }
            }
        }
    }

    /// d[group] += g[group] y[group]ᵀ.
    func accumulateLeftSlope(
        _ g: UnsafePointer<Float>, _ y: UnsafePointer<Float>,
        into d: UnsafeMutablePointer<Float>
    ) {
        let (m, k, n) = (outer, length, inner)
        for group in 0..<extents[0] {
            let (g, y, d) = (g + (group &* m &* n), y + (group &* k &* n), d + (group &* m &* k))
            for i in 0..<m {
                for p in 0..<k {
                    var sum: Float = 0
                    for j in 0..<n { sum += g[i &* n &+ j] * y[p &* n &+ j] }
                    d[i &* k &+ p] += sum
                }
            }
        }
    }

    /// d[group] += x[group]ᵀ g[group].
    func accumulateRightSlope(
        _ x: UnsafePointer<Float>, _ g: UnsafePointer<Float>,
        into d: UnsafeMutablePointer<Float>
    ) {
        let (m, k, n) = (outer, length, inner)
        for group in 0..<extents[0] {
            let (x, g, d) = (x + (group &* m &* k), g + (group &* m &* n), d + (group &* k &* n))
            for i in 0..<m {
                for p in 0..<k { addScaled(n, x[i &* k &+ p], g + (i &* n), d + (p &* n)) }
            }
        }
    }
}

@inline(__always)
private func addScaled(
    _ count: Int, _ factor: Float, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>
) {
    for index in 0..<count { y[index] += factor * x[index] }
}
