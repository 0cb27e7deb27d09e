import Protocol

/// Gives an expression's tree its meaning: numbers are calculated, tensors become steps.
struct ExpressionChecker {
    /// The steps so far.
    var graph = ExpressionGraph()
    /// What the names stand for.
    let names: [String: ExpressionValue]

    private let nodes: [ExpressionSyntax.Node]
    private var values: [ExpressionValue] = []

    init(_ syntax: ExpressionSyntax, graph: ExpressionGraph, names: [String: ExpressionValue]) {
        nodes = syntax.nodes
        self.graph = graph
        self.names = names
        values.reserveCapacity(nodes.count)
    }

    /// The value of the whole expression.
    mutating func run() throws -> ExpressionValue {
        for node in nodes {
            do {
                values.append(try value(of: node))
            } catch let fault as ExpressionFault {
                values.append(.failure(fault.placed(at: node.range)))
            }
        }
        guard let last = values.last else { return .none }
        if case .failure(let fault) = last { throw fault }
        return last
    }

    /// Looks up all names and functions, whatever the shapes.
    mutating func checkNames() throws {
        for node in nodes {
            do {
                switch node.form {
                case .name(let name): _ = try value(ofName: name)
                case .call(let name, let range, _): try checkFunction(name, at: range)
                default: break
                }
            } catch let fault as ExpressionFault {
                throw fault.placed(at: node.range)
            }
        }
    }

    private func checkFunction(_ name: String, at range: Range<Int>) throws {
        let isOfPython =
            ["max", "min", "float", "int", "bool", "abs", "round", "pow"].contains(name)
            || ["math", "np", "numpy"].contains(ExpressionFunction.split(name).prefix)
        if !isOfPython { _ = try function(name, at: range) }
    }

    private func function(_ name: String, at range: Range<Int>) throws -> ExpressionFunction {
        let parts = ExpressionFunction.split(name)
        if names[String(name.prefix { $0 != "." })] != nil {
            throw ExpressionFault(
                parts.prefix.isEmpty
                    ? "'\(name)' is a value, not a function"
                    : "tensors have no methods here; write \(parts.name)(\(parts.prefix))", at: range)
        }
        do {
            return try ExpressionFunction.named(name)
        } catch let fault as ExpressionFault {
            throw fault.placed(at: range)
        }
    }

    /// An operand's value, unless its calculation failed.
    private func operand(_ node: Int) throws -> ExpressionValue {
        if case .failure(let fault) = values[node] { throw fault }
        return values[node]
    }

    private mutating func tensor(_ node: Int) throws -> Int {
        do {
            return try graph.tensor(try operand(node))
        } catch let fault as ExpressionFault {
            throw fault.placed(at: nodes[node].range)
        }
    }

    /// An element of a tuple, such as a shape, or those of a slice.
    private func element(of elements: [ExpressionValue], at index: Int) throws -> ExpressionValue {
        switch try operand(index) {
        case .number(.integer(let place)) where (-elements.count..<elements.count).contains(place):
            return elements[place < 0 ? place + elements.count : place]
        case .slice(let start, let stop, nil):
            func bound(_ place: Int) -> Int {
                min(max(place < 0 ? place + elements.count : place, 0), elements.count)
            }
            let first = bound(start ?? 0)
            return .sequence(Array(elements[first..<max(first, bound(stop ?? elements.count))]))
        default:
            throw ExpressionFault(
                "a tuple of \(elements.count) has no such element", at: nodes[index].range)
        }
    }

    private mutating func value(of node: ExpressionSyntax.Node) throws -> ExpressionValue {
        switch node.form {
        case .number(let number): return .number(number)
        case .string(let string): return .string(string)
        case .none: return .none
        case .ellipsis: return .ellipsis
        case .name(let name): return try value(ofName: name)
        case .unary(let operation, let x): return try unary(operation, x)
        case .binary(let operation, let x, let y): return try binary(operation, x, y)
        case .conditional(let then, let condition, let otherwise):
            return try conditional(then, condition, otherwise)
        case .call(let name, let range, let arguments):
            return try call(name, nameRange: range, arguments: arguments)
        case .sequence(let elements): return .sequence(try elements.map { try operand($0) })
        case .slice(let start, let stop, let step):
            return .slice(start: try bound(start), stop: try bound(stop), step: try bound(step))
        case .subscripted(let x, let indices):
            if case .sequence(let elements) = try operand(x), indices.count == 1 {
                return try element(of: elements, at: indices[0])
            }
            return .tensor(
                try graph.subscripted(
                    tensor(x), by: indices.map { (try operand($0), nodes[$0].range) }))
        }
    }

    private mutating func value(ofName name: String) throws -> ExpressionValue {
        if let value = names[name] { return value }
        let parts = ExpressionFunction.split(name)
        if parts.name == "shape", let owner = names[parts.prefix] {
            if case .tensor(let node) = owner { return try graph.extents(of: node) }
            return .sequence([])
        }
        if ["math", "np", "numpy", "ops"].contains(parts.prefix),
            let value = ["pi": Double.pi, "e": 2.718281828459045, "inf": .infinity, "nan": .nan][parts.name]
        {
            return .number(.float(value))
        }
        if ExpressionFunction.isKnown(name) {
            throw ExpressionFault("'\(name)' is a function; call it, as in \(name)(x)")
        }
        let base = name.prefix { $0 != "." }
        if names[String(base)] != nil {
            throw ExpressionFault(
                "'\(base)' has no attributes here but shape; functions such as mean(\(base)) are known")
        }
        let near =
            Suggestion.nearest(to: name, among: names.keys.sorted()).map { "; did you mean '\($0)'?" } ?? ""
        let known = names.keys.sorted().joined(separator: ", ")
        throw ExpressionFault("the name '\(name.prefix(60))' is not known\(near). Known here: \(known)")
    }

    private func bound(_ node: Int?) throws -> Int? {
        guard let node else { return nil }
        switch try operand(node) {
        case .none: return nil
        case .number(.integer(let value)): return value
        default: throw ExpressionFault("a slice is bounded by whole numbers", at: nodes[node].range)
        }
    }

    private mutating func unary(
        _ operation: ExpressionSyntax.UnaryOperator, _ x: Int
    ) throws -> ExpressionValue {
        if case .number(let number) = try operand(x) { return .number(try number.applying(operation)) }
        let node = try tensor(x)
        switch operation {
        case .plus: return .tensor(node)
        case .minus: return .tensor(try graph.unary(.negative, node))
        case .not:
            guard graph.kind(node) == .boolean else {
                throw ExpressionFault("~ needs booleans, as comparisons give them")
            }
            return .tensor(try graph.unary(.logicalNot, node))
        }
    }

    private static let functions: [ExpressionSyntax.BinaryOperator: BinaryFunction] = [
        .add: .add, .subtract: .subtract, .multiply: .multiply, .divide: .divide,
        .floorDivide: .floorDivide, .remainder: .remainder, .power: .power,
        .equal: .equal, .notEqual: .notEqual, .less: .less, .lessEqual: .lessEqual,
        .greater: .greater, .greaterEqual: .greaterEqual,
        .and: .logicalAnd, .or: .logicalOr, .exclusiveOr: .logicalXor,
    ]

    private mutating func binary(
        _ operation: ExpressionSyntax.BinaryOperator, _ x: Int, _ y: Int
    ) throws -> ExpressionValue {
        let (left, right) = (try operand(x), try operand(y))
        if case .number(let a) = left, case .number(let b) = right {
            return .number(try ExpressionNumber.combine(operation, a, b))
        }
        let (a, b) = (try tensor(x), try tensor(y))
        guard let function = Self.functions[operation] else { return .tensor(try graph.matmul(a, b)) }
        switch operation {
        case .and, .or, .exclusiveOr:
            guard graph.kind(a) == .boolean, graph.kind(b) == .boolean else {
                throw ExpressionFault("&, | and ^ need booleans, as comparisons give them")
            }
        case .power:
            if case .number(let exponent) = right, let power = try graph.power(a, exponent.double) {
                return .tensor(power)
            }
        default: break
        }
        return .tensor(try graph.binary(function, a, b))
    }

    private mutating func conditional(
        _ then: Int, _ condition: Int, _ otherwise: Int
    ) throws -> ExpressionValue {
        if case .number(let number) = try operand(condition) {
            return try operand(number.isTrue ? then : otherwise)
        }
        let node = try tensor(condition)
        guard graph.shape(node).rank == 0 else {
            throw ExpressionFault(
                "'if' needs a single number, not \(graph.shape(node)); write where(condition, a, b)",
                at: nodes[condition].range)
        }
        return .tensor(try graph.select(node, try tensor(then), try tensor(otherwise)))
    }

    private mutating func call(
        _ name: String, nameRange: Range<Int>, arguments: [ExpressionSyntax.Argument]
    ) throws -> ExpressionValue {
        let given = try arguments.map {
            (keyword: $0.keyword, value: try operand($0.node), range: $0.range)
        }
        if let value = try callOfPython(
            name, given.map(\.value), hasKeywords: given.contains { $0.keyword != nil })
        {
            return value
        }
        let function = try function(name, at: nameRange)
        return try function.lower(&graph, ExpressionCall(function, name: name, arguments: given))
    }
}
