extension ExpressionChecker {
    /// A call of one of Python's own functions, or of `math` and NumPy on plain numbers; nil if it is none.
    mutating func callOfPython(
        _ name: String, _ arguments: [ExpressionValue], hasKeywords: Bool
    ) throws -> ExpressionValue? {
        guard !hasKeywords else { return nil }
        let numbers = arguments.reduce([] as [ExpressionNumber]?) { found, value in
            if let found, case .number(let number) = value { found + [number] } else { nil }
        }
        switch name {
        case "max", "min": return try greatest(name, arguments, numbers)
        case "float", "int", "bool":
            guard arguments.count == 1 else { return nil }
            return try converted(arguments[0], to: name)
        default: break
        }
        guard let numbers else { return nil }
        let parts = ExpressionFunction.split(name)
        switch (name, numbers.count) {
        case ("abs", 1): return .number(numbers[0].double < 0 ? try numbers[0].applying(.minus) : numbers[0])
        case ("round", 1):
            let rounded = numbers[0].double.rounded(.toNearestOrEven)
            guard let value = Int(exactly: rounded) else {
                throw ExpressionFault("\(rounded) is no whole number of 64 bits")
            }
            return .number(.integer(value))
        case ("pow", 2), ("math.pow", 2), ("np.power", 2), ("numpy.power", 2):
            return .number(try ExpressionNumber.combine(.power, numbers[0], numbers[1]))
        case (_, 1):
            guard ["math", "np", "numpy"].contains(parts.prefix),
                let function = ScalarMathematics.ofPython[parts.name]
            else { return nil }
            let value = function(numbers[0].double)
            guard !value.isNaN || numbers[0].double.isNaN else {
                throw ExpressionFault("\(name) has no value at \(numbers[0].double)")
            }
            return .number(.float(value))
        default: return nil
        }
    }

    /// Python's `max(a, b, …)` of single numbers; nil where the reduction over axes is meant.
    private mutating func greatest(
        _ name: String, _ arguments: [ExpressionValue], _ numbers: [ExpressionNumber]?
    ) throws -> ExpressionValue? {
        guard arguments.count >= 2 else { return nil }
        if let numbers {
            let ordered = numbers.dropFirst().reduce(numbers[0]) { best, next in
                (name == "max" ? next.double > best.double : next.double < best.double) ? next : best
            }
            return .number(ordered)
        }
        // Of tensors that have axes, a second whole number names an axis, as in Keras.
        let nodes = arguments.map { argument -> Int? in
            switch argument {
            case .tensor(let node): node
            case .number: try? graph.tensor(argument)
            default: nil
            }
        }
        let operands = nodes.compactMap { $0 }
        guard operands.count == nodes.count, operands.allSatisfy({ graph.shape($0).rank == 0 }) else {
            return nil
        }
        var result = operands[0]
        for operand in operands.dropFirst() {
            result = try graph.binary(name == "max" ? .maximum : .minimum, result, operand)
        }
        return .tensor(result)
    }

    /// Python's `float(x)`, `int(x)` and `bool(x)` of a number or of a tensor of one element.
    private mutating func converted(_ value: ExpressionValue, to name: String) throws -> ExpressionValue {
        guard case .number(let number) = value else {
            let node = try graph.tensor(value)
            guard graph.shape(node).rank == 0 else {
                throw ExpressionFault("\(name)(x) takes a single number; cast(x, dtype) converts tensors")
            }
            let kind: ExpressionKind = name == "float" ? .float : name == "int" ? .integer : .boolean
            return .tensor(try graph.cast(node, to: kind))
        }
        switch name {
        case "float": return .number(.float(number.double))
        case "bool": return .number(.boolean(number.isTrue))
        default:
            if let integer = number.integer { return .number(.integer(integer)) }
            guard let integer = Int(exactly: number.double.rounded(.towardZero)) else {
                throw ExpressionFault("\(number.double) is no whole number of 64 bits")
            }
            return .number(.integer(integer))
        }
    }
}
