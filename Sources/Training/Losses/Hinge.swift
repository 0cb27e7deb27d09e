import Kernels
import Protocol

/// `mean(max(1 - y_true · y_pred, 0))` over the last axis; targets of 0 and 1 stand for -1 and 1
/// (keras/src/losses/losses.py).
struct Hinge: Loss {
    static let className = "Hinge"
    static let arguments = Argument.loss("hinge")

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        try HingeOperation(isSquared: false, site)
    }
}

/// Either hinge; whether the targets are 0 and 1 is asked of every batch, as Keras does.
final class HingeOperation: ElementwiseLossOperation {
    private let isSquared: Bool

    init(isSquared: Bool, _ site: LossSite) throws {
        self.isSquared = isSquared
        try super.init(.hinge(isBinary: false), site)
    }

    override func kind(for target: UnsafePointer<Float>, count: Int) -> ElementwiseLoss? {
        var isBinary = true
        for index in 0..<count where target[index] != 0 && target[index] != 1 {
            isBinary = false
            break
        }
        return isSquared ? .squaredHinge(isBinary: isBinary) : .hinge(isBinary: isBinary)
    }
}
