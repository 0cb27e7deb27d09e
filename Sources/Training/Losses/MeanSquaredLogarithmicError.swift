import Kernels
import Protocol

/// `mean((log(1 + y_true) - log(1 + y_pred))²)` over the last axis (keras/src/losses/losses.py).
struct MeanSquaredLogarithmicError: Loss {
    static let className = "MeanSquaredLogarithmicError"
    static let aliases = ["msle", "MSLE"]
    static let arguments = Argument.loss("mean_squared_logarithmic_error")

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        try ElementwiseLossOperation(.squaredLogarithmicError, site)
    }
}
