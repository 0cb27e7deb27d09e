extension ActivationKind {
    /// `y = f(x)` for `count` elements; `y` may be `x`.
    public func forward(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
        switch self {
        case .linear: if UnsafePointer(y) != x { y.update(from: x, count: count) }
        case .relu(let negativeSlope, let maxValue, let threshold):
            Rectifier(negativeSlope: negativeSlope, maxValue: maxValue, threshold: threshold)
                .forward(x, to: y, count: count)
        case .leakyReLU(let slope): map(x, to: y, count: count) { select($0 .> 0, $0, $0 * slope) }
        case .relu6: map(x, to: y, count: count) { $0.clipped(0, 6) }
        case .sigmoid: map(x, to: y, count: count) { logistic($0) }
        case .tanh: map(x, to: y, count: count) { hyperbolicTangent($0) }
        case .elu(let alpha):
            map(x, to: y, count: count) { select($0 .> 0, $0, exponentialMinusOne($0) * alpha) }
        case .selu:
            map(x, to: y, count: count) {
                select($0 .> 0, $0, exponentialMinusOne($0) * Selu.alpha) * Selu.scale
            }
        case .gelu(approximate: false):
            map(x, to: y, count: count) { $0 * 0.5 * (errorFunction($0 * 0.707_106_77) + 1) }
        case .gelu(approximate: true):
            map(x, to: y, count: count) { $0 * 0.5 * (hyperbolicTangent(geluArgument($0)) + 1) }
        case .silu: map(x, to: y, count: count) { $0 * logistic($0) }
        case .softplus: map(x, to: y, count: count) { Kernels.softplus($0) }
        case .softsign: map(x, to: y, count: count) { $0 / ($0.magnitudes + 1) }
        case .exponential: map(x, to: y, count: count) { Kernels.exponential($0) }
        case .hardSigmoid: map(x, to: y, count: count) { Kernels.hardSigmoid($0) }
        case .hardSiLU: map(x, to: y, count: count) { $0 * Kernels.hardSigmoid($0) }
        case .mish: map(x, to: y, count: count) { $0 * hyperbolicTangent(Kernels.softplus($0)) }
        case .celu(let alpha):
            map(x, to: y, count: count) { select($0 .> 0, $0, exponentialMinusOne($0 / alpha) * alpha) }
        case .hardTanh: map(x, to: y, count: count) { $0.clipped(-1, 1) }
        case .hardShrink(let threshold):
            map(x, to: y, count: count) { select($0.magnitudes .> threshold, $0, Vector()) }
        case .softShrink(let threshold):
            map(x, to: y, count: count) {
                select($0 .> threshold, $0 - threshold, select($0 .< -threshold, $0 + threshold, Vector()))
            }
        case .tanhShrink: map(x, to: y, count: count) { $0 - hyperbolicTangent($0) }
        case .logSigmoid: map(x, to: y, count: count) { -Kernels.softplus(-$0) }
        case .squareplus(let b): map(x, to: y, count: count) { ($0 + ($0 * $0 + b).squareRoot()) * 0.5 }
        case .sparsePlus:
            map(x, to: y, count: count) {
                select($0 .>= 1, $0, ($0 + 1).atLeast(Vector()) * ($0 + 1).atLeast(Vector()) * 0.25)
            }
        case .sparseSigmoid: map(x, to: y, count: count) { (($0 + 1) * 0.5).clipped(0, 1) }
        case .threshold(let threshold, let defaultValue):
            map(x, to: y, count: count) { select($0 .> threshold, $0, Vector(repeating: defaultValue)) }
        }
    }
}

/// `√(2/π) · (x + 0.044715 x³)`: what gelu's approximation takes the tanh of.
@inline(__always)
func geluArgument(_ x: Vector) -> Vector {
    (x * x * x).multiplied(by: Vector(repeating: 0.044_715), adding: x) * 0.797_884_56
}

/// `relu6(x + 3) / 6`.
@inline(__always)
func hardSigmoid(_ x: Vector) -> Vector {
    (x + 3).clipped(0, 6) / 6
}
