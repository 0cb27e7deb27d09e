/// `y = max(x − τ, 0)` along the axis of a span seen as `[outer, axis, inner]`, with τ such that the results sum to
/// one (Martins and Astudillo, 2016); `y` may be `x`.
public func sparsemax(
    _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, outer: Int, axis: Int, inner: Int = 1
) {
    for block in 0..<outer {
        for lane in 0..<inner {
            let offset = block * axis * inner + lane
            let threshold = sparsemaxThreshold(x + offset, axis: axis, stride: inner)
            for at in stride(from: offset, to: offset + axis * inner, by: inner) {
                let above = x[at] - threshold
                y[at] = above < 0 ? 0 : above
            }
        }
    }
}

/// `dx = dy − mean of dy` over the elements where `y > 0`, zero elsewhere; `dx` may be `dy`.
public func sparsemaxBackward(
    y: UnsafePointer<Float>, dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>, outer: Int, axis: Int,
    inner: Int = 1
) {
    for block in 0..<outer {
        for lane in 0..<inner {
            let offset = block * axis * inner + lane
            var (sum, size) = (0.0, 0.0)
            for at in stride(from: offset, to: offset + axis * inner, by: inner) where y[at] > 0 {
                sum += Double(dy[at])
                size += 1
            }
            let mean = Float(sum / size)
            for at in stride(from: offset, to: offset + axis * inner, by: inner) {
                dx[at] = y[at] > 0 ? dy[at] - mean : 0
            }
        }
    }
}

/// τ by Michelot's projection: the support shrinks to the elements above the threshold that it implies, until
/// it stays; at most `axis` rounds.
private func sparsemaxThreshold(_ x: UnsafePointer<Float>, axis: Int, stride: Int) -> Float {
    var threshold = -Float.infinity
    var size = axis + 1
    while true {
        var (sum, members) = (0.0, 0)
        for step in 0..<axis where !(x[step * stride] <= threshold) {
            sum += Double(x[step * stride])
            members += 1
        }
        if members >= size || members == 0 { return threshold }
        size = members
        threshold = Float((sum - 1) / Double(members))
    }
}
