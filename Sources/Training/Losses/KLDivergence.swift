import Kernels
import Protocol

/// `Σ y_true · log(y_true / y_pred)` over the last axis (keras/src/losses/losses.py).
struct KLDivergence: Loss {
    static let className = "KLDivergence"
    static let aliases = ["kld", "KLD", "kullback_leibler_divergence"]
    static let arguments = Argument.loss("kl_divergence")

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        try ElementwiseLossOperation(.divergence, site, sums: true)
    }
}
