import Protocol

/// Norms along `axis` of 1 (keras/src/constraints/constraints.py).
struct UnitNorm: Constraint {
    static let className = "UnitNorm"
    static let arguments: [Argument] = [.normAxis]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func check(shape: [Int]) throws { _ = try NormAxes(configuration, shape: shape, name: Self.className) }

    func makeOperation(shape: [Int]) throws -> ConstraintOperation {
        let rule = NormRule(lower: 1, upper: 1, rate: 1)
        return try NormOperation(rule, NormAxes(configuration, shape: shape, name: Self.className))
    }
}
