import Protocol

/// `l2 · Σ x²` (keras/src/regularizers/regularizers.py).
struct L2: Regularizer {
    static let className = "L2"
    static let arguments: [Argument] = [.penalty("l2", default: 0.01)]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(shape: [Int], isBatch: Bool) -> RegularizerOperation {
        SizePenalty(l1: 0, l2: configuration.float("l2"))
    }
}
