/// `keras.activations.relu` with all of its arguments.
struct Rectifier {
    let negativeSlope: Float
    let maxValue: Float?
    let threshold: Float

    /// Whether the slope changes at zero and nowhere else.
    private var isLeaky: Bool { maxValue == nil && threshold == 0 }

    /// Whether the output's sign does not tell the input's side of the kink.
    var needsInput: Bool { !isLeaky || negativeSlope < 0 }

    /// `y = relu(x)`; `y` may be `x`.
    @inline(__always)
    func forward(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
        if isLeaky, negativeSlope == 0 {
            map(x, to: y, count: count) { $0.atLeast(Vector()) }
            return
        }
        if isLeaky {
            map(x, to: y, count: count) { select($0 .> 0, $0, $0 * negativeSlope) }
            return
        }
        let (lower, upper) = bounds
        if negativeSlope == 0 {
            map(x, to: y, count: count) { select($0 .> threshold, $0, Vector()).clipped(lower, upper) }
            return
        }
        map(x, to: y, count: count) {
            let positive = select($0 .> threshold, $0, Vector()).clipped(lower, upper)
            return positive - (threshold - $0).atLeast(Vector()) * negativeSlope
        }
    }

    /// `dx = dy · relu′(x)`; `dx` may be `dy`. A bound passes the gradient of what stands on it, save for relu6.
    @inline(__always)
    func backward(
        x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafePointer<Float>,
        dx: UnsafeMutablePointer<Float>, count: Int
    ) {
        if isLeaky {
            map(needsInput ? x : y, dy, to: dx, count: count) { select($0 .> 0, $1, $1 * negativeSlope) }
            return
        }
        let (lower, upper) = bounds
        let isBoundOpen = maxValue == 6 && threshold == 0
        let largest = isBoundOpen ? upper.nextDown : upper
        map(x, dy, to: dx, count: count) {
            let isPositive = ($0 .> threshold) .& ($0 .>= lower) .& ($0 .<= largest)
            let below = select($0 .< threshold, negativeSlope, 0)
            return $1 * (select(isPositive, 1, 0) + below)
        }
    }

    /// Clipping goes from zero, but only where there is a `maxValue`.
    private var bounds: (lower: Float, upper: Float) {
        maxValue.map { (0, $0) } ?? (-.infinity, .infinity)
    }
}
