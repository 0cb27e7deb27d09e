import Protocol

/// `mean(max(1 - y_true · y_pred, 0)²)` over the last axis; targets of 0 and 1 stand for -1 and 1
/// (keras/src/losses/losses.py).
struct SquaredHinge: Loss {
    static let className = "SquaredHinge"
    static let arguments = Argument.loss("squared_hinge")

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        try HingeOperation(isSquared: true, site)
    }
}
