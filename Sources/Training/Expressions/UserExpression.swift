import Protocol

/// What a client wrote in the place of a class or function: `{"name": "mean_pred", "expression": "K.mean(y_pred)"}`.
package struct UserExpression: Sendable, Hashable {
    /// The arguments of such an object.
    static let arguments: [Argument] = [.string("name", default: "expression"), .string("expression")]

    /// The name in logs.
    let name: String
    /// What it is calculated by.
    let expression: Expression

    package static func == (one: Self, other: Self) -> Bool {
        one.name == other.name && one.expression.text == other.expression.text
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(expression.text)
    }

    /// How a function of the client's own is written.
    static let advice =
        "A function of your own is an expression, as in {\"name\": \"swish2\", \"expression\": \"x * K.sigmoid(x)\"}."

    /// Whether a value is such an object, as a client writes it or in the form of `json`.
    static func isOne(_ value: JSONValue) -> Bool {
        value["expression"] != nil && (value["class_name"] == nil || value["class_name"] == "function")
    }

    /// The arguments that such an object states.
    private static func members(_ value: JSONValue) -> JSONObject {
        guard value["class_name"] == "function", let text = value["expression"] else {
            return value.object ?? [:]
        }
        return ["name": value["config"] ?? "expression", "expression": text]
    }

    /// What Keras writes for a function, and loads with `custom_objects`, with the expression beside it.
    var json: JSONValue {
        [
            "module": "builtins", "class_name": "function", "config": .string(name),
            "registered_name": "function", "expression": .string(expression.text),
        ]
    }

    /// Parses `expression`; throws a problem that tells the first place that does not fit.
    init(_ arguments: Arguments) throws {
        let place = arguments.pointer.appending("expression")
        self.init(
            name: arguments.string("name"), try Expression(parsing: arguments.string("expression"), at: place)
        )
    }

    /// The same, for an expression of `inputs`: a name that is neither a function nor one of them does not fit.
    init(_ arguments: Arguments, inputs: [String]) throws {
        try self.init(arguments)
        try expression.checkNames(inputs: inputs)
    }

    /// Reads a text or such an object; notes what is wrong and gives nil.
    init?(reading value: JSONValue, inputs: [String]? = nil, at place: JSONPointer, faults: Faults) {
        let gathered = Faults()
        do {
            if let text = value.string {
                self.init(name: "expression", try Expression(parsing: text, at: place))
            } else {
                let arguments = Arguments(
                    Self.members(value), of: Self.arguments, at: place, className: "An expression",
                    faults: gathered)
                try gathered.check()
                try self.init(arguments)
            }
            if let inputs { try expression.checkNames(inputs: inputs) }
        } catch {
            for fault in (error as? Problem)?.errors ?? [] { faults.add(fault.pointer, fault.detail) }
            return nil
        }
    }

    private init(name: String, _ expression: Expression) {
        self.name = name
        self.expression = expression
    }

    /// Reads such an object by the only class of a vocabulary.
    static func read<Item>(
        _ value: JSONValue, at place: JSONPointer, as vocabulary: Vocabulary<Item>, faults: Faults
    ) -> Item? {
        vocabulary.make(vocabulary.names[0], members(value), at: place, namedAt: place, faults: faults)
    }

    /// The expression for inputs of known shapes; `kind` is what it is used as, for messages.
    func program(_ inputs: [ExpressionInput], for kind: String) throws -> ExpressionProgram {
        do {
            return try expression.program(inputs: inputs)
        } catch let problem as Problem {
            throw Problem(.unprocessable, "The \(kind) '\(name)' does not fit: \(problem.detail)")
        }
    }

    /// The buffers of a program, counted among those of an arena.
    static func makeRun(_ program: ExpressionProgram, rows: Int, arena: Arena) throws -> ExpressionRun {
        let bytes = try program.byteCount(maximumRows: rows)
        let _: UnsafeMutablePointer<UInt8> = try arena.take(bytes)
        return try program.makeRun(maximumRows: rows)
    }
}

/// The values that an expression of targets and predictions gives.
struct ExpressionValues {
    /// The shape of the values, the most rows first unless they are the whole batch's.
    let shape: [Int]
    /// Whether they are the whole batch's.
    let isForWholeBatch: Bool

    init(_ program: ExpressionProgram, rows: Int) {
        isForWholeBatch = program.outputShape.first != .some(nil)
        shape = program.outputShape.map { $0 ?? rows }
    }
}

extension ExpressionInput {
    /// The targets or predictions of a batch.
    init(_ name: String, batch shape: [Int], isDifferentiable: Bool = false) {
        self.init(name, shape: [nil] + shape.dropFirst().map { $0 }, isDifferentiable: isDifferentiable)
    }
}
