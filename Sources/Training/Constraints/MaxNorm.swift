import Protocol

/// Norms along `axis` at most `max_value` (keras/src/constraints/constraints.py).
struct MaxNorm: Constraint {
    static let className = "MaxNorm"
    static let arguments: [Argument] = [.number("max_value", default: 2), .normAxis]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func check(shape: [Int]) throws { _ = try NormAxes(configuration, shape: shape, name: Self.className) }

    func makeOperation(shape: [Int]) throws -> ConstraintOperation {
        let rule = NormRule(lower: 0, upper: configuration.float("max_value"), rate: 1)
        return try NormOperation(rule, NormAxes(configuration, shape: shape, name: Self.className))
    }
}
