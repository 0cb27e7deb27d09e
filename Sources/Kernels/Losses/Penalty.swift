/// Adds the gradient of `l1 · Σ |x| + l2 · Σ x²` by each x.
public func addPenaltyGradient(
    _ x: UnsafePointer<Float>, l1: Float, l2: Float, to gradient: UnsafeMutablePointer<Float>, count: Int
) {
    let double = Vector(repeating: 2 * l2)
    if l1 == 0 {
        map(x, gradient, to: gradient, count: count) { $0.multiplied(by: double, adding: $1) }
    } else {
        map(x, gradient, to: gradient, count: count) {
            $0.multiplied(by: double, adding: $1 + signs($0) * l1)
        }
    }
}
