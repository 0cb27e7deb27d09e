import Protocol

extension Argument {
    /// Reads a value of this argument's kind: its full form, and the object it stands for if it is one.
    func read(_ value: JSONValue, at place: JSONPointer, faults: Faults) throws(ArgumentError) -> (
        JSONValue, (any Sendable)?
    ) {
        switch kind {
        case .boolean:
            guard value.bool != nil else { throw wrong("is true or false", value) }
            return (value, nil)
        case .integer(let range):
            guard let number = value.integer, range.contains(number) else {
                throw wrong("is a whole number \(Self.words(range))", value)
            }
            return (.integer(Int64(number)), nil)
        case .number(let range):
            guard let number = value.number, range.contains(number) else {
                throw wrong("is a number \(Self.words(range))", value)
            }
            return (value, nil)
        case .string:
            guard let text = value.string, text.utf8.count <= 4096 else { throw wrong("is a string", value) }
            return (value, nil)
        case .choice(let choices):
            return (try choice(value, of: choices), nil)
        case .integers(let range, let count):
            return (try integers(value, in: range, count: count), nil)
        case .axes, .numbers, .shape:
            return (try list(value), nil)
        case .value, .legacy:
            return (value, nil)
        case .dtype(let known, let byName):
            return (try dtype(value, of: known, byName: byName), nil)
        default:
            return try object(value, at: place, faults: faults)
        }
    }

    private func object(
        _ value: JSONValue, at place: JSONPointer, faults: Faults
    ) throws(ArgumentError) -> (JSONValue, (any Sendable)?) {
        let noted = ArgumentError(nil, nil)
        switch kind {
        case .activation:
            guard let found = Activation(reading: value, at: place, faults: faults) else { throw noted }
            return (found.json, found)
        case .initializer:
            guard let found = Registry.initializers.read(value, at: place, faults: faults) else {
                throw noted
            }
            return (Registry.initializers.json(found), found)
        case .regularizer:
            let read =
                UserExpression.isOne(value) ? ExpressionRegularizer.read : Registry.regularizers.read
            guard let found = read(value, place, faults) else { throw noted }
            return ((found as? ExpressionRegularizer)?.json ?? Registry.regularizers.json(found), found)
        case .constraint:
            guard let found = Registry.constraints.read(value, at: place, faults: faults) else { throw noted }
            return (Registry.constraints.json(found), found)
        case .learningRate:
            guard let found = LearningRate(reading: value, at: place, faults: faults) else { throw noted }
            return (found.json, found)
        case .expression:
            if value.array != nil || value["class_name"] != nil, !UserExpression.isOne(value) {
                throw ArgumentError(
                    name,
                    "Python code is never run. Give the function as an expression of x, as in {\"class_name\": \"Lambda\", \"config\": {\"expression\": \"x * K.sigmoid(x)\"}}."
                )
            }
            guard value.string != nil || value.object != nil else {
                throw wrong("is an expression, such as \"x * K.sigmoid(x)\"", value)
            }
            guard let found = UserExpression(reading: value, at: place, faults: faults) else { throw noted }
            return (found.json, found)
        case .layer:
            guard let found = Registry.layer(value, at: place, faults: faults) else { throw noted }
            return (Registry.layers.json(found), found)
        case .layers, .cells:
            guard let items = value.array else { throw wrong("is a list of layers", value) }
            let found = items.enumerated().map { Registry.layer($1, at: place.appending($0), faults: faults) }
            let whole = found.compactMap { $0 }
            guard whole.count == found.count else { throw noted }
            return (.array(whole.map { Registry.layers.json($0) }), whole)
        default:
            return (value, nil)
        }
    }

    private func choice(_ value: JSONValue, of choices: [String]) throws(ArgumentError) -> JSONValue {
        guard let text = value.string else {
            throw wrong("is one of \(choices.joined(separator: ", "))", value)
        }
        guard let known = choices.first(where: { $0 == text.lowercased() || $0 == text }) else {
            throw ArgumentError(
                name,
                "\(name) cannot be '\(text.prefix(80))'. \(Suggestion.sentence(for: text, among: choices))")
        }
        return .string(known)
    }

    private func integers(
        _ value: JSONValue, in range: ClosedRange<Int>, count: Int
    ) throws(ArgumentError) -> JSONValue {
        let written = value.array ?? Array(repeating: value, count: count)
        let numbers = written.compactMap(\.integer)
        guard numbers.count == count, written.count == count, numbers.allSatisfy(range.contains) else {
            let what = count == 1 ? "a whole number" : "\(count) whole numbers, or one for all,"
            throw wrong("is \(what) \(Self.words(range))", value)
        }
        return .array(numbers.map { .integer(Int64($0)) })
    }

    /// A list, or a single number that stands for itself; its elements are for the class to judge.
    private func list(_ value: JSONValue) throws(ArgumentError) -> JSONValue {
        switch kind {
        case .axes:
            let elements = value.array ?? [value]
            guard elements.allSatisfy({ $0.integer != nil }), elements.count <= 16 else {
                throw wrong("is a whole number or a list of them", value)
            }
        case .shape:
            guard let elements = value.array, elements.count <= 16,
                elements.allSatisfy({ $0.isNull || $0.integer.map { abs($0) <= Int(Int32.max) } ?? false })
            else { throw wrong("is a list of sizes", value) }
        default:
            guard value.array != nil || value.number != nil else {
                throw wrong("is a list of numbers", value)
            }
        }
        return value
    }

    private func dtype(
        _ value: JSONValue, of known: [String], byName: Bool
    ) throws(ArgumentError) -> JSONValue {
        let name = ModelDefinition.dtypeName(value)
        guard let name, known.contains(name) else {
            throw wrong("is one of \(known.joined(separator: ", "))", name.map { .string($0) } ?? value)
        }
        if byName { return .string(name) }
        return [
            "module": "keras", "class_name": "DTypePolicy", "config": ["name": .string(name)],
            "registered_name": nil,
        ]
    }

    private func wrong(_ what: String, _ value: JSONValue) -> ArgumentError {
        ArgumentError(name, "\(name) \(what), not \(value.brief).")
    }

    private static func words(_ range: ClosedRange<Int>) -> String {
        switch (range.lowerBound, range.upperBound) {
        case (let low, Int.max): "from \(low)"
        default: "from \(range.lowerBound) to \(range.upperBound)"
        }
    }

    private static func words(_ range: ClosedRange<Double>) -> String {
        let largest = Double.greatestFiniteMagnitude
        switch (range.lowerBound, range.upperBound) {
        case (-largest, largest): return "that is finite"
        case (let low, largest): return "from \(short(low))"
        case (let low, let high): return "from \(short(low)) to \(short(high))"
        }
    }

    private static func short(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? "\(value)"
    }
}
