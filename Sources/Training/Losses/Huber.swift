import Kernels
import Protocol

/// The mean over the last axis of `½ e²` for errors up to `delta` and of `delta · |e| - ½ delta²` beyond
/// (keras/src/losses/losses.py).
struct Huber: Loss {
    static let className = "Huber"
    static let arguments: [Argument] = Argument.loss("huber_loss") + [.number("delta", default: 1.0)]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        try ElementwiseLossOperation(
            .huber(delta: configuration.float("delta")), site)
    }
}
