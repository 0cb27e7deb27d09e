/// The binary focal crossentropy of a softmax, as Keras has it on TensorFlow: the factor `(1 − p_t)^gamma` is of the
/// softmax's probabilities p, while the crossentropy is that of the sigmoid of the logits x behind them
/// (`binary_focal_crossentropy` in keras/src/losses/losses.py, `_get_logits` in keras/src/backend/tensorflow/nn.py).
public struct BinaryFocalOfSoftmax: Sendable {
    private let smoothing: Float
    private let gamma: Float
    private let alpha: Float?

    /// `smoothing` pulls targets to ½; classes 1 and 0 count `alpha` and `1 − alpha` times if it is given.
    public init(smoothing: Float, gamma: Float, alpha: Float?) {
        self.smoothing = smoothing
        self.gamma = gamma
        self.alpha = alpha
    }

    /// Writes the losses of `count` predictions.
    public func values(
        _ target: UnsafePointer<Float>, logits: UnsafePointer<Float>, probabilities: UnsafePointer<Float>,
        to values: UnsafeMutablePointer<Float>, count: Int
    ) {
        map(target, logits, probabilities, to: values, count: count) { t, x, p in
            let t = smoothed(t, smoothing)
            return classWeight(t, alpha) * power(1 - likelihood(t, p), gamma) * crossentropyOfLogit(t, x)
        }
    }

    /// Writes the derivatives by the logits with the probabilities held fast, and by the probabilities.
    public func derivatives(
        _ target: UnsafePointer<Float>, logits: UnsafePointer<Float>, probabilities: UnsafePointer<Float>,
        byLogits: UnsafeMutablePointer<Float>, byProbabilities: UnsafeMutablePointer<Float>, count: Int
    ) {
        map(target, logits, probabilities, to: byLogits, count: count) { t, x, p in
            let t = smoothed(t, smoothing)
            return classWeight(t, alpha) * power(1 - likelihood(t, p), gamma) * (logistic(x) - t)
        }
        map(target, logits, probabilities, to: byProbabilities, count: count) { t, x, p in
            let t = smoothed(t, smoothing)
            if gamma == 0 { return Vector() }
            let slope = power(1 - likelihood(t, p), gamma - 1) * (t * 2 - 1) * -gamma
            return classWeight(t, alpha) * slope * crossentropyOfLogit(t, x)
        }
    }
}
