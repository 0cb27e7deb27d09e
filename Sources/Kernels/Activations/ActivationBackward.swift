extension ActivationKind {
    /// `dx = dy · f′(x)` for `count` elements, where `y = f(x)`; `dx` may be `dy`.
    ///
    /// `x` is read only where `backwardNeedsInput` holds, and may be `y` elsewhere. At a kink the slope is the one
    /// TensorFlow takes.
    public func backward(
        x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafePointer<Float>,
        dx: UnsafeMutablePointer<Float>, count: Int
    ) {
        switch self {
        case .linear: if UnsafePointer(dx) != dy { dx.update(from: dy, count: count) }
        case .relu(let negativeSlope, let maxValue, let threshold):
            Rectifier(negativeSlope: negativeSlope, maxValue: maxValue, threshold: threshold)
                .backward(x: x, y: y, dy: dy, dx: dx, count: count)
        case .leakyReLU(let slope):
            map(slope < 0 ? x : y, dy, to: dx, count: count) { select($0 .> 0, $1, $1 * slope) }
        case .relu6: map(y, dy, to: dx, count: count) { select(($0 .> 0) .& ($0 .< 6), $1, Vector()) }
        case .sigmoid: map(y, dy, to: dx, count: count) { $1 * ($0 * (1 - $0)) }
        case .tanh: map(y, dy, to: dx, count: count) { $1 * (1 - $0 * $0) }
        case .elu(let alpha) where alpha < 0:
            map(x, dy, to: dx, count: count) { select($0 .> 0, $1, $1 * Kernels.exponential($0) * alpha) }
        case .elu(let alpha): map(y, dy, to: dx, count: count) { select($0 .> 0, $1, $1 * ($0 + alpha)) }
        case .selu:
            map(y, dy, to: dx, count: count) {
                $1 * select($0 .< 0, $0 + Selu.scale * Selu.alpha, Vector(repeating: Selu.scale))
            }
        case .softplus: map(y, dy, to: dx, count: count) { $1 * -exponentialMinusOne(-$0) }
        case .exponential: map(y, dy, to: dx, count: count) { $1 * $0 }
        case .hardSigmoid:
            map(y, dy, to: dx, count: count) { select(($0 .> 0) .& ($0 .< 1), $1 / 6, Vector()) }
        case .celu(let alpha):
            map(y, dy, to: dx, count: count) { $1 * select($0 .> 0, Vector(repeating: 1), $0 / alpha + 1) }
        case .logSigmoid: map(y, dy, to: dx, count: count) { $1 * -exponentialMinusOne($0) }
        case .sparseSigmoid:
            map(y, dy, to: dx, count: count) { select(($0 .> 0) .& ($0 .< 1), $1 * 0.5, Vector()) }
        default: backward(x: x, dy: dy, dx: dx, count: count)
        }
    }

    /// The cases that need the input.
    private func backward(
        x: UnsafePointer<Float>, dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>, count: Int
    ) {
        switch self {
        case .gelu(approximate: false):
            map(x, dy, to: dx, count: count) {
                let density = Kernels.exponential($0 * $0 * -0.5) * 0.398_942_28
                return $1 * ((errorFunction($0 * 0.707_106_77) + 1) * 0.5 + $0 * density)
            }
        case .gelu(approximate: true):
            map(x, dy, to: dx, count: count) {
                let t = hyperbolicTangent(geluArgument($0))
                let slope =
                    ($0 * $0).multiplied(by: Vector(repeating: 3 * 0.044_715), adding: 1) * 0.797_884_56
                return $1 * ((t + 1) * 0.5 + $0 * 0.5 * (1 - t * t) * slope)
            }
        case .silu:
            map(x, dy, to: dx, count: count) {
                let s = logistic($0)
                return $1 * s * (1 + $0 * (1 - s))
            }
        case .softsign:
            map(x, dy, to: dx, count: count) {
                let d = $0.magnitudes + 1
                return $1 / (d * d)
            }
        case .hardSiLU:
            map(x, dy, to: dx, count: count) {
                $1 * (Kernels.hardSigmoid($0) + select($0.magnitudes .< 3, $0 / 6, Vector()))
            }
        case .mish:
            map(x, dy, to: dx, count: count) {
                let t = hyperbolicTangent(Kernels.softplus($0))
                return $1 * (t + $0 * logistic($0) * (1 - t * t))
            }
        case .hardTanh: map(x, dy, to: dx, count: count) { select($0.magnitudes .<= 1, $1, Vector()) }
        case .hardShrink(let threshold), .softShrink(let threshold):
            map(x, dy, to: dx, count: count) { select($0.magnitudes .> threshold, $1, Vector()) }
        case .tanhShrink:
            map(x, dy, to: dx, count: count) {
                let t = hyperbolicTangent($0)
                return $1 * t * t
            }
        case .squareplus(let b):
            map(x, dy, to: dx, count: count) { $1 * (1 + $0 / ($0 * $0 + b).squareRoot()) * 0.5 }
        case .sparsePlus: map(x, dy, to: dx, count: count) { $1 * (($0 + 1) * 0.5).clipped(0, 1) }
        case .threshold(let threshold, _):
            map(x, dy, to: dx, count: count) { select($0 .> threshold, $1, Vector()) }
        default: break
        }
    }
}
