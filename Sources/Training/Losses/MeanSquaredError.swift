import Kernels
import Protocol

/// `mean((y_true - y_pred)²)` over the last axis (keras/src/losses/losses.py).
struct MeanSquaredError: Loss {
    static let className = "MeanSquaredError"
    static let aliases = ["mse", "MSE"]
    static let arguments = Argument.loss("mean_squared_error")

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        try ElementwiseLossOperation(.squaredError, site)
    }
}
