import Kernels
import Protocol

/// `mean(log(cosh(y_pred - y_true)))` over the last axis (keras/src/losses/losses.py).
struct LogCosh: Loss {
    static let className = "LogCosh"
    static let aliases = ["logcosh"]
    static let arguments = Argument.loss("log_cosh")

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        try ElementwiseLossOperation(.logCosh, site)
    }
}
