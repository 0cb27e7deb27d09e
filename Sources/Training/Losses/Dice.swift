import Protocol

/// `1 - 2 Σ y_true · y_pred / (Σ y_true + Σ y_pred)`, over everything or over `axis` (keras/src/losses/losses.py).
struct Dice: Loss {
    static let className = "Dice"
    static let arguments: [Argument] = Argument.loss("dice") + [Argument("axis", .axes, default: .null)]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        let overlap = Overlap(numerator: 2, shared: 0, target: 1, prediction: 1)
        return try OverlapOperation(overlap, configuration, site, name: Self.className, sumsOwnShapes: true)
    }
}
