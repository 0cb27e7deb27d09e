/// A number of Python's: what a literal is, and what plain arithmetic on literals gives.
public enum ExpressionNumber: Sendable, Hashable {
    case boolean(Bool)
    case integer(Int)
    case float(Double)

    /// The value; whole numbers beyond 2⁵³ are rounded.
    public var double: Double {
        switch self {
        case .boolean(let value): value ? 1 : 0
        case .integer(let value): Double(value)
        case .float(let value): value
        }
    }

    /// The value of a boolean or whole number, or nil.
    var integer: Int? {
        switch self {
        case .boolean(let value): value ? 1 : 0
        case .integer(let value): value
        case .float: nil
        }
    }

    /// Python's `bool(x)`.
    var isTrue: Bool { double != 0 }

    /// The element type a tensor made of it has.
    var kind: ExpressionKind {
        switch self {
        case .boolean: .boolean
        case .integer: .integer
        case .float: .float
        }
    }
}

extension ExpressionNumber: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    /// A whole number.
    public init(integerLiteral value: Int) { self = .integer(value) }
    /// A float.
    public init(floatLiteral value: Double) { self = .float(value) }
}

extension ExpressionNumber {
    /// Python's unary operators.
    func applying(_ operation: ExpressionSyntax.UnaryOperator) throws -> ExpressionNumber {
        switch (operation, self) {
        case (.plus, .float), (.plus, .integer): self
        case (.minus, .float(let value)): .float(-value)
        case (.not, .boolean(let value)): .boolean(!value)
        case (.not, .float): throw ExpressionFault("~ needs a boolean or a whole number")
        case (.plus, _): .integer(integer ?? 0)
        case (.minus, _): .integer(try Self.whole((0).subtractingReportingOverflow(integer ?? 0)))
        case (.not, _): .integer(~(integer ?? 0))
        }
    }

    /// Python's arithmetic and comparison of two numbers, with its rules for `/`, `//`, `%` and `**`.
    static func combine(
        _ operation: ExpressionSyntax.BinaryOperator, _ left: ExpressionNumber, _ right: ExpressionNumber
    ) throws -> ExpressionNumber {
        switch operation {
        case .equal: return .boolean(left.double == right.double)
        case .notEqual: return .boolean(left.double != right.double)
        case .less: return .boolean(left.double < right.double)
        case .lessEqual: return .boolean(left.double <= right.double)
        case .greater: return .boolean(left.double > right.double)
        case .greaterEqual: return .boolean(left.double >= right.double)
        case .matmul: throw ExpressionFault("@ multiplies matrices, and these are numbers")
        case .and, .or, .exclusiveOr: return try bits(operation, left, right)
        case .add, .subtract, .multiply, .divide, .floorDivide, .remainder, .power: break
        }
        if operation != .divide, let a = left.integer, let b = right.integer {
            return try integers(operation, a, b)
        }
        return .float(try floats(operation, left.double, right.double))
    }

    private static func bits(
        _ operation: ExpressionSyntax.BinaryOperator, _ left: ExpressionNumber, _ right: ExpressionNumber
    ) throws -> ExpressionNumber {
        guard let a = left.integer, let b = right.integer else {
            throw ExpressionFault("&, | and ^ need booleans or whole numbers")
        }
        let result = operation == .and ? a & b : operation == .or ? a | b : a ^ b
        if case .boolean = left, case .boolean = right { return .boolean(result != 0) }
        return .integer(result)
    }

    private static func integers(
        _ operation: ExpressionSyntax.BinaryOperator, _ a: Int, _ b: Int
    ) throws -> ExpressionNumber {
        switch operation {
        case .add: return .integer(try whole(a.addingReportingOverflow(b)))
        case .subtract: return .integer(try whole(a.subtractingReportingOverflow(b)))
        case .multiply: return .integer(try whole(a.multipliedReportingOverflow(by: b)))
        case .floorDivide, .remainder:
            guard b != 0 else { throw ExpressionFault("this divides by zero") }
            let quotient = try whole(a.dividedReportingOverflow(by: b))
            let remainder = a - quotient * b
            let isBelow = remainder != 0 && (remainder < 0) != (b < 0)
            if operation == .floorDivide { return .integer(isBelow ? quotient - 1 : quotient) }
            return .integer(isBelow ? remainder + b : remainder)
        case .power:
            guard b >= 0 else { return .float(try floats(.power, Double(a), Double(b))) }
            return .integer(try power(a, b))
        default: return .float(try floats(operation, Double(a), Double(b)))
        }
    }

    private static func power(_ base: Int, _ exponent: Int) throws -> Int {
        if base == 0 || base == 1 { return exponent == 0 ? 1 : base }
        if base == -1 { return exponent.isMultiple(of: 2) ? 1 : -1 }
        guard exponent < 64 else { throw tooLarge }
        var result = 1
        for _ in 0..<exponent { result = try whole(result.multipliedReportingOverflow(by: base)) }
        return result
    }

    private static func floats(
        _ operation: ExpressionSyntax.BinaryOperator, _ a: Double, _ b: Double
    ) throws -> Double {
        switch operation {
        case .add: return a + b
        case .subtract: return a - b
        case .multiply: return a * b
        case .power:
            guard a != 0 || b >= 0 else { throw ExpressionFault("0 has no negative power") }
            guard a >= 0 || b == b.rounded() else {
                throw ExpressionFault("a negative number has no fractional power")
            }
            return ScalarMathematics.power(a, b)
        default: break
        }
        guard b != 0 else { throw ExpressionFault("this divides by zero") }
        if operation == .divide { return a / b }
        let remainder = ScalarMathematics.floorRemainder(a, b)
        return operation == .remainder ? remainder : ((a - remainder) / b).rounded()
    }

    private static var tooLarge: ExpressionFault {
        ExpressionFault("this whole number does not fit 64 bits; calculate with floats, as in 10.0**20")
    }

    private static func whole(_ result: (partialValue: Int, overflow: Bool)) throws -> Int {
        guard !result.overflow else { throw tooLarge }
        return result.partialValue
    }
}
