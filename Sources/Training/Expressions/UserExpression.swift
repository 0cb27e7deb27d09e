import Protocol

/// What a client wrote in the place of a class: `{"name": "mean_pred", "expression": "K.mean(y_pred)"}`.
struct UserExpression: Sendable {
    /// The arguments of such an object.
    static let arguments: [Argument] = [.string("name", default: "expression"), .string("expression")]

    /// The name in logs.
    let name: String
    private let expression: Expression

    /// Whether a value is such an object.
    static func isOne(_ value: JSONValue) -> Bool { value["expression"] != nil && value["class_name"] == nil }

    /// Parses `expression`; throws an `ArgumentError` that tells the first place that does not fit, be it a name that
    /// is neither a function nor one of `inputs`.
    init(_ arguments: Arguments, inputs: [String]) throws {
        name = arguments.string("name")
        do {
            expression = try Expression(parsing: arguments.string("expression"))
            try expression.checkNames(inputs: inputs)
        } catch let problem as Problem {
            throw ArgumentError("expression", problem.detail)
        }
    }

    /// Reads such an object by the only class of a vocabulary.
    static func read<Item>(
        _ value: JSONValue, at place: JSONPointer, as vocabulary: Vocabulary<Item>, faults: Faults
    ) -> Item? {
        vocabulary.make(
            vocabulary.names[0], value.object ?? [:], at: place, namedAt: place, faults: faults)
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
