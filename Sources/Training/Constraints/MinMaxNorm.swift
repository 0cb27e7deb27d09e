import Protocol

/// Norms along `axis` moved by `rate` of the way between `min_value` and `max_value`
/// (keras/src/constraints/constraints.py).
struct MinMaxNorm: Constraint {
    static let className = "MinMaxNorm"
    static let arguments: [Argument] = [
        .number("min_value", default: 0.0), .number("max_value", default: 1.0), .number("rate", default: 1.0),
        .normAxis,
    ]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func check(shape: [Int]) throws { _ = try NormAxes(configuration, shape: shape, name: Self.className) }

    func makeOperation(shape: [Int]) throws -> ConstraintOperation {
        let rule = NormRule(
            lower: configuration.float("min_value"), upper: configuration.float("max_value"),
            rate: configuration.float("rate"))
        return try NormOperation(rule, NormAxes(configuration, shape: shape, name: Self.className))
    }
}
