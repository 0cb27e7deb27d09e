import Kernels
import Protocol

/// `mean(y_pred - y_true · log(y_pred))` over the last axis (keras/src/losses/losses.py).
struct Poisson: Loss {
    static let className = "Poisson"
    static let arguments = Argument.loss("poisson")

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        try ElementwiseLossOperation(.poisson, site)
    }
}
