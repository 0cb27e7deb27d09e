/// An activation that works on each element alone, as `keras.activations` defines it.
///
/// Those that look at a whole row (softmax, log-softmax, glu, sparsemax) are functions of their own.
public enum ActivationKind: Sendable, Hashable {
    /// `x`.
    case linear
    /// `x` above `threshold`, `negativeSlope · (x − threshold)` below, at most `maxValue`.
    case relu(negativeSlope: Float = 0, maxValue: Float? = nil, threshold: Float = 0)
    /// `x` above zero, `negativeSlope · x` below. Keras's default slope is 0.2.
    case leakyReLU(negativeSlope: Float)
    /// `min(max(x, 0), 6)`.
    case relu6
    /// `1 / (1 + e^−x)`.
    case sigmoid
    /// `tanh x`.
    case tanh
    /// `x` above zero, `alpha · (e^x − 1)` below.
    case elu(alpha: Float)
    /// `1.0507 · elu(x, alpha: 1.6733)`.
    case selu
    /// `x · Φ(x)`, Φ the normal distribution, or its approximation by tanh.
    case gelu(approximate: Bool)
    /// `x · sigmoid(x)`.
    case silu
    /// `ln(1 + e^x)`.
    case softplus
    /// `x / (1 + |x|)`.
    case softsign
    /// `e^x`.
    case exponential
    /// `relu6(x + 3) / 6`.
    case hardSigmoid
    /// `x · hardSigmoid(x)`.
    case hardSiLU
    /// `x · tanh(softplus(x))`.
    case mish
    /// `x` above zero, `alpha · (e^(x/alpha) − 1)` below.
    case celu(alpha: Float)
    /// `x` held between −1 and 1.
    case hardTanh
    /// `x` where `|x| > threshold`, else 0.
    case hardShrink(threshold: Float)
    /// `x` brought nearer to zero by `threshold`, 0 within it.
    case softShrink(threshold: Float)
    /// `x − tanh x`.
    case tanhShrink
    /// `ln sigmoid(x)`.
    case logSigmoid
    /// `(x + √(x² + b)) / 2`.
    case squareplus(b: Float)
    /// 0 up to −1, `(x + 1)² / 4` up to 1, `x` above.
    case sparsePlus
    /// 0 up to −1, `(x + 1) / 2` up to 1, 1 above.
    case sparseSigmoid
    /// `x` above `threshold`, else `defaultValue`.
    case threshold(Float, defaultValue: Float)

    /// Whether `backward` reads the activation's input; the others tell the slope from the output, so that their
    /// forward pass may overwrite its input.
    public var backwardNeedsInput: Bool {
        switch self {
        case .linear, .sigmoid, .tanh, .selu, .softplus, .exponential, .hardSigmoid, .celu, .logSigmoid,
            .sparseSigmoid, .relu6:
            false
        case .relu(let negativeSlope, let maxValue, let threshold):
            Rectifier(negativeSlope: negativeSlope, maxValue: maxValue, threshold: threshold).needsInput
        case .elu(let alpha): alpha < 0
        case .leakyReLU(let negativeSlope): negativeSlope < 0
        case .gelu, .silu, .softsign, .hardSiLU, .mish, .hardTanh, .hardShrink, .softShrink, .tanhShrink,
            .squareplus, .sparsePlus, .threshold:
            true
        }
    }
}

/// Keras's constants of selu.
enum Selu {
    static let alpha: Float = 1.673_263_242_354_377_3
    static let scale: Float = 1.050_700_987_355_480_5
}
