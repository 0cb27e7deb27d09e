import Kernels
import Protocol

/// `l1 · Σ |x| + l2 · Σ x²` (keras/src/regularizers/regularizers.py).
struct L1L2: Regularizer {
    static let className = "L1L2"
    static let aliases = ["l1_l2"]
    static let arguments: [Argument] = [.penalty("l1", default: 0.0), .penalty("l2", default: 0.0)]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(shape: [Int], isBatch: Bool) -> RegularizerOperation {
        SizePenalty(l1: configuration.float("l1"), l2: configuration.float("l2"))
    }
}

/// The penalty of all three.
final class SizePenalty: RegularizerOperation {
    private let l1: Float
    private let l2: Float

    init(l1: Float, l2: Float) {
        self.l1 = l1
        self.l2 = l2
    }

    override func value(_ values: UnsafePointer<Float>, count: Int) -> Double {
        var penalty = 0.0
        if l1 != 0 { penalty += Double(l1) * Kernels.sumOfMagnitudes(values, count: count) }
        if l2 != 0 { penalty += Double(l2) * Kernels.sumOfSquares(values, count: count) }
        return penalty
    }

    override func addGradient(
        _ values: UnsafePointer<Float>, scale: Float, to gradient: UnsafeMutablePointer<Float>, count: Int
    ) {
        Kernels.addPenaltyGradient(values, l1: l1 * scale, l2: l2 * scale, to: gradient, count: count)
    }
}

extension Argument {
    /// A factor of a penalty.
    static func penalty(_ name: String, default value: JSONValue) -> Argument {
        .number(name, in: 0...Double.greatestFiniteMagnitude, default: value)
    }
}
