import Kernels
import Protocol

/// `100 · mean(|y_true - y_pred| / |y_true|)` over the last axis (keras/src/losses/losses.py).
struct MeanAbsolutePercentageError: Loss {
    static let className = "MeanAbsolutePercentageError"
    static let aliases = ["mape", "MAPE"]
    static let arguments = Argument.loss("mean_absolute_percentage_error")

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        try ElementwiseLossOperation(.absolutePercentageError, site)
    }
}
