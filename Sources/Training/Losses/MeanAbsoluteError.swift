import Kernels
import Protocol

/// `mean(|y_true - y_pred|)` over the last axis (keras/src/losses/losses.py).
struct MeanAbsoluteError: Loss {
    static let className = "MeanAbsoluteError"
    static let aliases = ["mae", "MAE"]
    static let arguments = Argument.loss("mean_absolute_error")

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        try ElementwiseLossOperation(.absoluteError, site)
    }
}
