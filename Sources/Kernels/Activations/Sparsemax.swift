/// Keras's `sparsemax` (keras/src/backend/tensorflow/nn.py): `y = max(x − τ, 0)` along the axis of a span seen as
/// `[outer, axis, inner]`; `y` may be `x`.
///
/// With x₁ ≥ x₂ ≥ … and their running sums s₁, s₂, …, the support is the k first elements for which
/// `xᵣ − (sᵣ − 1) / r > 0`. Keras sets `τ = (s₁ + … + s_k − 1) / k`, where Martins and Astudillo (2016) have
/// `(s_k − 1) / k`; the two differ once k > 1.
public func sparsemax(
    _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, outer: Int, axis: Int, inner: Int = 1
) {
    for block in 0..<outer {
        for lane in 0..<inner {
            let offset = block * axis * inner + lane
            let threshold = SparsemaxSupport(x + offset, axis: axis, stride: inner).threshold
            for at in stride(from: offset, to: offset + axis * inner, by: inner) {
                let above = x[at] - threshold
                y[at] = above < 0 ? 0 : above
            }
        }
    }
}

/// The gradient of `sparsemax`: `dx = dy` where `y > 0`, and from the element of rank r in the support is taken
/// `(k − r + 1) / k` of the sum of those; `dx` may be `dy`, but not `x`.
public func sparsemaxBackward(
    x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafePointer<Float>,
    dx: UnsafeMutablePointer<Float>,
    outer: Int, axis: Int, inner: Int = 1
) {
    for block in 0..<outer {
        for lane in 0..<inner {
            let offset = block * axis * inner + lane
            let support = SparsemaxSupport(x + offset, axis: axis, stride: inner)
            var sum = 0.0
            for at in stride(from: offset, to: offset + axis * inner, by: inner) where y[at] > 0 {
                sum += Double(dy[at])
            }
            for step in 0..<axis {
                let at = offset + step * inner
                let share = support.share(of: step)
                dx[at] = (y[at] > 0 ? dy[at] : 0) - Float(sum * share)
            }
        }
    }
}

/// The largest elements of a run, told without sorting it: each one's rank is counted.
private struct SparsemaxSupport {
    private let x: UnsafePointer<Float>
    private let axis: Int
    private let stride: Int
    private var size = 0
    private(set) var threshold: Float = 0

    init(_ x: UnsafePointer<Float>, axis: Int, stride: Int) {
        self.x = x
        self.axis = axis
        self.stride = stride
        var sums = 0.0
        for step in 0..<axis {
            let (rank, sum) = place(step)
            guard Double(x[step * stride]) - (sum - 1) / Double(rank) > 0 else { continue }
            size += 1
            sums += sum
        }
        threshold = Float((sums - 1) / Double(size))
    }

    /// An element's rank from 1, and the sum of all up to it.
    private func place(_ step: Int) -> (rank: Int, sum: Double) {
        let value = x[step * stride]
        var rank = 1
        var sum = Double(value)
        for other in 0..<axis where other != step {
            let candidate = x[other * stride]
            if candidate > value || (candidate == value && other < step) {
                rank += 1
                sum += Double(candidate)
            }
        }
        return (rank, sum)
    }

    /// How far the threshold moves with an element.
    func share(of step: Int) -> Double {
        let (rank, _) = place(step)
        return rank > size ? 0 : Double(size - rank + 1) / Double(size)
    }
}
