import Protocol

/// A function of the language: its name, its parameters, and the steps that it stands for.
struct ExpressionFunction: Sendable {
    /// A parameter and its default.
    struct Parameter: Sendable, ExpressibleByStringLiteral {
        enum Default: Sendable { case required, none, number(ExpressionNumber), string(String) }

        let name: String
        let fallback: Default

        init(stringLiteral name: String) {
            self.name = name
            fallback = .required
        }

        private init(_ name: String, _ fallback: Default) {
            self.name = name
            self.fallback = fallback
        }

        static func optional(_ name: String) -> Parameter { Parameter(name, .none) }
        static func optional(_ name: String, _ number: ExpressionNumber) -> Parameter {
            Parameter(name, .number(number))
        }
        static func optional(_ name: String, string: String) -> Parameter { Parameter(name, .string(string)) }

        static let axis = Parameter.optional("axis")
        static let lastAxis = Parameter.optional("axis", -1)
        static let keepdims = Parameter.optional("keepdims", .boolean(false))
    }

    let name: String
    let parameters: [Parameter]
    let lower: @Sendable (inout ExpressionGraph, ExpressionCall) throws -> ExpressionValue

    /// A function whose value may be other than a tensor.
    init(
        _ name: String, _ parameters: [Parameter],
        value lower: @escaping @Sendable (inout ExpressionGraph, ExpressionCall) throws -> ExpressionValue
    ) {
        self.name = name
        self.parameters = parameters
        self.lower = lower
    }

    /// A function whose value is the step that `lower` gives.
    init(
        _ name: String, _ parameters: [Parameter],
        _ lower: @escaping @Sendable (inout ExpressionGraph, ExpressionCall) throws -> Int
    ) {
        self.init(name, parameters, value: { .tensor(try lower(&$0, $1)) })
    }

    /// How the function is called, for error messages: `mean(x, axis=None, keepdims=False)`.
    var signature: String {
        let list = parameters.map { parameter in
            switch parameter.fallback {
            case .required: parameter.name
            case .none: "\(parameter.name)=None"
            case .number(.boolean(let value)): "\(parameter.name)=\(value ? "True" : "False")"
            case .number(.integer(let value)): "\(parameter.name)=\(value)"
            case .number(.float(let value)): "\(parameter.name)=\(value)"
            case .string(let value): "\(parameter.name)='\(value)'"
            }
        }
        return "\(name)(\(list.joined(separator: ", ")))"
    }
}

/// The arguments of one call, by parameter.
struct ExpressionCall {
    let function: ExpressionFunction
    private var values: [String: ExpressionValue] = [:]
    private var ranges: [String: Range<Int>] = [:]

    /// Gives each parameter its argument or default.
    init(
        _ function: ExpressionFunction, name: String,
        arguments: [(keyword: String?, value: ExpressionValue, range: Range<Int>)]
    ) throws {
        self.function = function
        for (place, argument) in arguments.enumerated() {
            let parameter: String
            if let keyword = argument.keyword {
                guard function.parameters.contains(where: { $0.name == keyword }) else {
                    let near = Suggestion.nearest(to: keyword, among: function.parameters.map(\.name))
                    throw ExpressionFault(
                        "'\(name)' has no argument '\(keyword)'"
                            + (near.map { "; did you mean '\($0)'?" } ?? "")
                            + " It is called as \(function.signature)", at: argument.range)
                }
                parameter = keyword
            } else {
                guard place < function.parameters.count else {
                    throw ExpressionFault(
                        "'\(name)' takes at most \(function.parameters.count) arguments: \(function.signature)",
                        at: argument.range)
                }
                guard place == 0 || arguments[place - 1].keyword == nil else {
                    throw ExpressionFault("positional arguments come before keyword ones", at: argument.range)
                }
                parameter = function.parameters[place].name
            }
            guard values[parameter] == nil else {
                throw ExpressionFault("the argument '\(parameter)' is given twice", at: argument.range)
            }
            values[parameter] = argument.value
            ranges[parameter] = argument.range
        }
        for parameter in function.parameters where values[parameter.name] == nil {
            switch parameter.fallback {
            case .required:
                throw ExpressionFault("'\(name)' needs '\(parameter.name)': \(function.signature)")
            case .none: values[parameter.name] = ExpressionValue.none
            case .number(let number): values[parameter.name] = .number(number)
            case .string(let string): values[parameter.name] = .string(string)
            }
        }
    }

    /// An argument as it is; None for a name that is no parameter.
    subscript(name: String) -> ExpressionValue { values[name] ?? .none }

    /// Whether an argument is None, or left out where None is the default.
    func isNone(_ name: String) -> Bool { if case .none = self[name] { true } else { false } }

    /// A fault of an argument.
    func fault(_ name: String, _ message: String) -> ExpressionFault {
        ExpressionFault("'\(name)' of \(function.name): \(message)", at: ranges[name])
    }

    /// An argument as a tensor.
    func tensor(_ name: String, _ graph: inout ExpressionGraph) throws -> Int {
        do {
            return try graph.tensor(self[name])
        } catch let fault as ExpressionFault where fault.range == nil {
            throw self.fault(name, fault.message)
        }
    }

    /// An argument as several tensors: a list or tuple.
    func tensors(_ name: String, _ graph: inout ExpressionGraph) throws -> [Int] {
        guard case .sequence(let values) = self[name], !values.isEmpty else {
            throw fault(name, "a list of tensors belongs here, as in [a, b]")
        }
        return try values.map { try graph.tensor($0) }
    }

    /// An argument that is True or False.
    func flag(_ name: String) throws -> Bool {
        guard case .number(let number) = self[name], number.integer != nil else {
            throw fault(name, "True or False belongs here")
        }
        return number.isTrue
    }

    /// An argument that is a number, known before the program runs.
    func number(_ name: String) throws -> Double {
        guard case .number(let number) = self[name] else {
            throw fault(name, "a plain number belongs here, not \(self[name].description)")
        }
        return number.double
    }

    /// An argument that is a whole number, known before the program runs.
    func integer(_ name: String) throws -> Int {
        guard case .number(let number) = self[name], let value = number.integer else {
            throw fault(name, "a whole number belongs here, not \(self[name].description)")
        }
        return value
    }

    /// An argument that names axes of a shape, counted from the front; nil for None.
    func axes(_ name: String, of shape: ExpressionShape) throws -> [Int]? {
        if isNone(name) { return nil }
        guard let given = self[name].integers else {
            throw fault(name, "an axis is a whole number, a tuple of them, or None")
        }
        let axes = try given.map { try axis($0, name: name, of: shape) }
        guard Set(axes).count == axes.count else { throw fault(name, "an axis is named twice") }
        return axes
    }

    /// An argument that names one axis of a shape, counted from the front; nil for None.
    func axis(_ name: String, of shape: ExpressionShape, count: Int? = nil) throws -> Int? {
        if isNone(name) { return nil }
        return try axis(try integer(name), name: name, of: shape, count: count)
    }

    /// An argument that names one axis of a shape, counted from the front, and cannot be None.
    func requiredAxis(_ name: String, of shape: ExpressionShape, count: Int? = nil) throws -> Int {
        guard let axis = try axis(name, of: shape, count: count) else {
            throw fault(name, "an axis is named by a whole number here")
        }
        return axis
    }

    private func axis(_ axis: Int, name: String, of shape: ExpressionShape, count: Int? = nil) throws -> Int {
        do {
            return try shape.axis(axis, of: count)
        } catch let fault as ExpressionFault {
            throw self.fault(name, fault.message)
        }
    }
}
