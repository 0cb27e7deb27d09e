/// Reads Python's expression grammar, as far as it makes sense for tensors.
///
/// Precedence, from loose to tight: `a if c else b`; comparisons; `|`; `^`; `&`; `+ -`;
/// `* / // % @`; unary `+ - ~`; `**`; calls and subscripts.
struct ExpressionParser {
    /// How deep brackets, signs and powers may nest.
    static let maximumDepth = 64

    private let tokens: [ExpressionToken]
    private var position = 0
    private var depth = 0
    private var tree = ExpressionSyntax()

    /// The tree of `text`.
    static func tree(of text: String) throws -> ExpressionSyntax {
        var parser = ExpressionParser(tokens: try ExpressionLexer.tokens(of: text))
        guard parser.tokens.count > 1 else { throw ExpressionFault("the expression is empty", at: 0..<0) }
        _ = try parser.readSequence(until: nil)
        guard parser.token.kind == .end else { throw parser.unexpected() }
        return parser.tree
    }

    private init(tokens: [ExpressionToken]) { self.tokens = tokens }

    // MARK: Words

    private var token: ExpressionToken { tokens[position] }

    private var symbol: ExpressionToken.Symbol? {
        if case .symbol(let symbol) = token.kind { symbol } else { nil }
    }

    private var name: String? { if case .name(let name) = token.kind { name } else { nil } }

    private mutating func advance() { position = min(position + 1, tokens.count - 1) }

    private mutating func take(_ wanted: ExpressionToken.Symbol) -> Bool {
        guard symbol == wanted else { return false }
        advance()
        return true
    }

    private mutating func require(_ wanted: ExpressionToken.Symbol) throws {
        guard take(wanted) else { throw unexpected("'\(wanted.rawValue)' is missing here") }
    }

    private func range(from start: Int) -> Range<Int> { start..<tokens[position - 1].range.upperBound }

    private func unexpected(_ detail: String? = nil) -> ExpressionFault {
        let reason: String
        switch token.kind {
        case .end: reason = detail ?? "the expression ends too soon; a value is missing here"
        case .symbol(.assign): reason = "'=' only names an argument of a call; == compares"
        case .name(let name): reason = Self.hints[name] ?? detail ?? "'\(name)' does not belong here"
        case .symbol(let symbol): reason = detail ?? "'\(symbol.rawValue)' does not belong here"
        case .number, .string: reason = detail ?? "an operator or a comma is missing before this value"
        }
        return ExpressionFault(reason, at: token.range)
    }

    private static let hints = [
        "and": "'and' does not work on tensors; write a & b or logical_and(a, b)",
        "or": "'or' does not work on tensors; write a | b or logical_or(a, b)",
        "not": "'not' does not work on tensors; write ~a or logical_not(a)",
        "is": "'is' does not work on tensors; write == or equal(a, b)",
        "in": "'in' does not work on tensors; compare with ==",
        "lambda": "write only the function's body, without 'lambda …:'",
        "def": "write only the expression that the function returns",
        "return": "write only the expression, without 'return'",
        "if": "a value is missing before 'if'; the form is a if condition else b",
        "else": "'else' has no 'if'; the form is a if condition else b",
        "for": "loops are not part of the language; reductions such as sum(x, axis=-1) are",
        "import": "nothing is imported here; K and ops are known",
    ]

    private mutating func deeper<Result>(_ body: (inout Self) throws -> Result) throws -> Result {
        guard depth < Self.maximumDepth else {
            throw ExpressionFault("this nests deeper than \(Self.maximumDepth) levels", at: token.range)
        }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    // MARK: Grammar

    /// One value, or several with commas, which make a tuple.
    private mutating func readSequence(until end: ExpressionToken.Symbol?) throws -> Int {
        let start = token.range.lowerBound
        var elements: [Int] = []
        var isTuple = false
        while true {
            if let end, symbol == end { break }
            elements.append(try readExpression())
            guard take(.comma) else { break }
            isTuple = true
            if token.kind == .end { break }
        }
        if elements.count == 1, !isTuple { return elements[0] }
        // An empty one ends before its first token, and blanks may stand between.
        return tree.append(.sequence(elements), elements.isEmpty ? start..<start : range(from: start))
    }

    private mutating func readExpression() throws -> Int {
        try deeper { parser in
            let start = parser.token.range.lowerBound
            let value = try parser.readComparison()
            guard parser.name == "if" else { return value }
            parser.advance()
            let condition = try parser.readComparison()
            guard parser.name == "else" else {
                throw parser.unexpected("'else' is missing; the form is a if condition else b")
            }
            parser.advance()
            let otherwise = try parser.readExpression()
            return parser.tree.append(
                .conditional(then: value, condition: condition, otherwise: otherwise),
                parser.range(from: start))
        }
    }

    private static let comparisons: [ExpressionToken.Symbol: ExpressionSyntax.BinaryOperator] = [
        .equal: .equal, .notEqual: .notEqual, .less: .less, .lessEqual: .lessEqual,
        .greater: .greater, .greaterEqual: .greaterEqual,
    ]

    private mutating func readComparison() throws -> Int {
        let start = token.range.lowerBound
        let left = try readBinary(0)
        guard let symbol, let operation = Self.comparisons[symbol] else { return left }
        advance()
        let right = try readBinary(0)
        if let next = self.symbol, Self.comparisons[next] != nil {
            throw unexpected("comparisons do not chain on tensors; write (a < b) & (b < c)")
        }
        return tree.append(.binary(operation, left, right), range(from: start))
    }

    private static let levels: [[ExpressionToken.Symbol: ExpressionSyntax.BinaryOperator]] = [
        [.or: .or], [.exclusiveOr: .exclusiveOr], [.and: .and],
        [.plus: .add, .minus: .subtract],
        [
            .times: .multiply, .divide: .divide, .floorDivide: .floorDivide, .remainder: .remainder,
            .matmul: .matmul,
        ],
    ]

    private mutating func readBinary(_ level: Int) throws -> Int {
        guard level < Self.levels.count else { return try readUnary() }
        let start = token.range.lowerBound
        var left = try readBinary(level + 1)
        while let symbol, let operation = Self.levels[level][symbol] {
            advance()
            let right = try readBinary(level + 1)
            left = tree.append(.binary(operation, left, right), range(from: start))
        }
        return left
    }

    private mutating func readUnary() throws -> Int {
        let operation: ExpressionSyntax.UnaryOperator
        switch symbol {
        case .plus: operation = .plus
        case .minus: operation = .minus
        case .not: operation = .not
        default: return try readPower()
        }
        let start = token.range.lowerBound
        advance()
        let operand = try deeper { try $0.readUnary() }
        return tree.append(.unary(operation, operand), range(from: start))
    }

    private mutating func readPower() throws -> Int {
        let start = token.range.lowerBound
        let base = try readPostfix()
        guard take(.power) else { return base }
        let exponent = try deeper { try $0.readUnary() }
        return tree.append(.binary(.power, base, exponent), range(from: start))
    }

    private mutating func readPostfix() throws -> Int {
        let start = token.range.lowerBound
        var value = try readAtom()
        while true {
            if take(.openBracket) {
                let indices = try readSubscripts()
                value = tree.append(.subscripted(value, indices), range(from: start))
            } else if symbol == .dot || symbol == .openParenthesis {
                throw ExpressionFault(
                    "values have no attributes or methods; write a function, as in mean(x)",
                    at: token.range)
            } else {
                return value
            }
        }
    }

    private mutating func readAtom() throws -> Int {
        let start = token.range.lowerBound
        switch token.kind {
        case .number(let number):
            advance()
            return tree.append(.number(number), range(from: start))
        case .string(let string):
            advance()
            return tree.append(.string(string), range(from: start))
        case .name(let name): return try readName(name)
        case .symbol(.ellipsis):
            advance()
            return tree.append(.ellipsis, range(from: start))
        case .symbol(.openParenthesis):
            advance()
            let value = try readSequence(until: .closeParenthesis)
            try require(.closeParenthesis)
            return value
        case .symbol(.openBracket):
            advance()
            return try readList(from: start)
        default: throw unexpected()
        }
    }

    private mutating func readList(from start: Int) throws -> Int {
        var elements: [Int] = []
        while symbol != .closeBracket {
            elements.append(try readExpression())
            guard take(.comma) else { break }
        }
        try require(.closeBracket)
        return tree.append(.sequence(elements), range(from: start))
    }

    private mutating func readName(_ first: String) throws -> Int {
        let start = token.range.lowerBound
        guard Self.hints[first] == nil else { throw unexpected() }
        advance()
        var name = first
        while take(.dot) {
            guard let part = self.name else { throw unexpected("a name is missing after the dot") }
            name += ".\(part)"
            advance()
        }
        let nameRange = range(from: start)
        switch name {
        case "True": return tree.append(.number(.boolean(true)), nameRange)
        case "False": return tree.append(.number(.boolean(false)), nameRange)
        case "None": return tree.append(.none, nameRange)
        default: break
        }
        guard take(.openParenthesis) else { return tree.append(.name(name), nameRange) }
        let arguments = try readArguments()
        return tree.append(.call(name, nameRange: nameRange, arguments: arguments), range(from: start))
    }

    private mutating func readArguments() throws -> [ExpressionSyntax.Argument] {
        var arguments: [ExpressionSyntax.Argument] = []
        while symbol != .closeParenthesis {
            let start = token.range.lowerBound
            var keyword: String?
            if let name, tokens[min(position + 1, tokens.count - 1)].kind == .symbol(.assign) {
                keyword = name
                advance()
                advance()
            }
            let value = try readExpression()
            arguments.append(.init(keyword: keyword, node: value, range: range(from: start)))
            guard take(.comma) else { break }
        }
        try require(.closeParenthesis)
        return arguments
    }

    private mutating func readSubscripts() throws -> [Int] {
        var indices: [Int] = []
        repeat {
            if symbol == .closeBracket, !indices.isEmpty { break }
            indices.append(try readSubscript())
        } while take(.comma)
        try require(.closeBracket)
        return indices
    }

    private mutating func readSubscript() throws -> Int {
        let start = token.range.lowerBound
        var parts: [Int?] = [nil, nil, nil]
        var count = 0
        if symbol != .colon { parts[0] = try readExpression() }
        while count < 2, take(.colon) {
            count += 1
            if symbol != .colon, symbol != .comma, symbol != .closeBracket {
                parts[count] = try readExpression()
            }
        }
        if count == 0, let index = parts[0] { return index }
        return tree.append(.slice(start: parts[0], stop: parts[1], step: parts[2]), range(from: start))
    }
}
