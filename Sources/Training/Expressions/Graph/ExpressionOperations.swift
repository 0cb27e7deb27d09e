/// A function of one element.
enum UnaryFunction: UInt8, Sendable, CaseIterable {
    case negative, absolute, square, sqrt, rsqrt, reciprocal
    case exp, expm1, log, log1p, log2, log10
    case sin, cos, tan, arcsin, arccos, arctan
    case sinh, cosh, tanh, arcsinh, arccosh, arctanh
    case sigmoid, relu, softplus, erf
    case sign, floor, ceil, round, truncate
    case isNan, isFinite, isInfinite, logicalNot, isNonzero

    /// Whether the function has a gradient; the steps and tests do not.
    var isDifferentiable: Bool { rawValue < Self.sign.rawValue }

    /// The element type of the result.
    func kind(of operand: ExpressionKind) -> ExpressionKind {
        switch self {
        case .isNan, .isFinite, .isInfinite, .logicalNot, .isNonzero: .boolean
        case .truncate: .integer
        case .negative, .absolute, .square, .relu, .sign, .round: max(operand, .integer)
        default: .float
        }
    }
}

/// A function of two elements.
enum BinaryFunction: UInt8, Sendable, CaseIterable {
    case add, subtract, multiply, divide, power, maximum, minimum, remainder, arctan2
    case floorDivide
    case equal, notEqual, less, lessEqual, greater, greaterEqual
    case logicalAnd, logicalOr, logicalXor

    /// Whether the function has a gradient; the steps and tests do not.
    var isDifferentiable: Bool { rawValue < Self.floorDivide.rawValue }

    /// The element type of the result.
    func kind(of left: ExpressionKind, _ right: ExpressionKind) -> ExpressionKind {
        switch self {
        case .equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual: .boolean
        case .logicalAnd, .logicalOr, .logicalXor: .boolean
        case .divide, .arctan2: .float
        case .subtract, .power, .remainder, .floorDivide: max(left, right, .integer)
        case .add, .multiply, .maximum, .minimum: max(left, right)
        }
    }
}

/// A function of all elements along some axes.
enum ExpressionReduction: UInt8, Sendable {
    case sum, mean, max, min, product, argmax, argmin

    /// Whether the function has a gradient.
    var isDifferentiable: Bool { self != .argmax && self != .argmin }

    /// The element type of the result.
    func kind(of operand: ExpressionKind) -> ExpressionKind {
        switch self {
        case .mean: .float
        case .max, .min: operand
        case .sum, .product: Swift.max(operand, .integer)
        case .argmax, .argmin: .integer
        }
    }
}
