import Protocol

/// `1 - TP / (TP + alpha · FP + beta · FN)` with `TP = Σ y_true · y_pred`, over everything or over `axis`
/// (keras/src/losses/losses.py, where FP are the targets that are not predicted).
struct Tversky: Loss {
    static let className = "Tversky"
    static let arguments: [Argument] =
        Argument.loss("tversky") + [
            .number("alpha", default: 0.5), .number("beta", default: 0.5),
            Argument("axis", .axes, default: .null),
        ]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        let (alpha, beta) = (configuration.float("alpha"), configuration.float("beta"))
        let overlap = Overlap(numerator: 1, shared: 1 - alpha - beta, target: alpha, prediction: beta)
        return try OverlapOperation(overlap, configuration, site, name: Self.className, sumsOwnShapes: false)
    }
}
