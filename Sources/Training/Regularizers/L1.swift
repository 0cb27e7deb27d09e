import Protocol

/// `l1 · Σ |x|` (keras/src/regularizers/regularizers.py).
struct L1: Regularizer {
    static let className = "L1"
    static let arguments: [Argument] = [.penalty("l1", default: 0.01)]

    let configuration: Arguments

    init(_ arguments: Arguments) {
        var arguments = arguments
        // Keras keeps this one factor, not L2's, in single precision.
        arguments.set("l1", .number(Double(arguments.float("l1"))))
        configuration = arguments
    }

    func makeOperation(shape: [Int], isBatch: Bool) -> RegularizerOperation {
        SizePenalty(l1: configuration.float("l1"), l2: 0)
    }
}
