import Protocol

/// `mean((y_true - y_pred)²)` over the last axis (keras/src/losses/losses.py).
struct MeanSquaredError: Loss {
    static let className = "MeanSquaredError"
    static let aliases = ["mse", "MSE"]
    static let arguments = Argument.loss("mean_squared_error")

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        try ElementwiseLossOperation(SquaredError(), site, name: Self.className)
    }
}

struct SquaredError: ElementwiseFunction {
    @inline(__always)
    func value(_ target: Float, _ prediction: Float) -> Float {
        (prediction - target) * (prediction - target)
    }
    @inline(__always)
    func derivative(_ target: Float, _ prediction: Float) -> Float { 2 * (prediction - target) }
}
