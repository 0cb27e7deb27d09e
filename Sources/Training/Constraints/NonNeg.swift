import Kernels

/// No weight below zero (keras/src/constraints/constraints.py).
struct NonNeg: Constraint {
    static let className = "NonNeg"
    static let arguments: [Argument] = []

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(shape: [Int]) -> ConstraintOperation {
        NonNegOperation(count: shape.reduce(1, *))
    }
}

private final class NonNegOperation: ConstraintOperation {
    private let count: Int

    init(count: Int) { self.count = count }

    override func apply(_ values: UnsafeMutablePointer<Float>) {
        Kernels.clip(values, lower: 0, upper: .infinity, to: values, count: count)
    }
}
