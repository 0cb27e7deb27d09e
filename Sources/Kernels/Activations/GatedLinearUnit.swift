/// `y = a · sigmoid(b)`, where `x`, seen as `[outer, 2 · half, inner]`, is split in two along its middle axis;
/// `y` is `[outer, half, inner]`.
public func glu(
    _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, outer: Int, half: Int, inner: Int = 1
) {
    let count = half * inner
    for block in 0..<outer {
        let a = x + 2 * block * count
        map(a, a + count, to: y + block * count, count: count) { $0 * logistic($1) }
    }
}

/// `da = dy · sigmoid(b)`, `db = dy · a · sigmoid(b) · (1 − sigmoid(b))`, laid out as `x`; `dx` may be `x`.
public func gluBackward(
    x: UnsafePointer<Float>, dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>, outer: Int, half: Int,
    inner: Int = 1
) {
    let count = half * inner
    for block in 0..<outer {
        let (a, dyBlock, da) = (x + 2 * block * count, dy + block * count, dx + 2 * block * count)
        forEachVector(count) {
            gluSlopes(a + $0, half: count, dyBlock + $0, da + $0, lanes: 8)
        } rest: {
            gluSlopes(a + $0, half: count, dyBlock + $0, da + $0, lanes: $1)
        }
    }
}

@inline(__always)
private func gluSlopes(
    _ a: UnsafePointer<Float>, half: Int, _ dy: UnsafePointer<Float>, _ da: UnsafeMutablePointer<Float>,
    lanes: Int
) {
    let (value, slope) = (Vector(at: a, count: lanes), Vector(at: dy, count: lanes))
    let gate = logistic(Vector(at: a + half, count: lanes))
    (slope * gate).store(to: da, count: lanes)
    (slope * value * gate * (1 - gate)).store(to: da + half, count: lanes)
}
