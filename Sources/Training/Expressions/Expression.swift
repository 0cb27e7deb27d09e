import Protocol

/// A metric, loss, activation or schedule of the user's own: `K.mean(K.square(y_true - y_pred), axis=-1)`.
///
/// The language is Python's expressions over Keras's backend functions, without attributes, methods and
/// loops: numbers, names, arithmetic, comparisons, `a if c else b`, subscripts, and calls with keyword
/// arguments. Functions are written `K.mean`, `ops.mean`, `keras.ops.mean` or `mean`; where the older
/// backend differs from `keras.ops`, `K.` means the older one. Nothing but arithmetic can be expressed:
/// there is no access to files, memory or other state, and text, depth, steps and elements are bounded.
public struct Expression: Sendable {
    /// The longest text, in bytes of UTF-8.
    public static let maximumLength = 4096

    /// The text as it was written.
    public let text: String

    private let pointer: JSONPointer
    private let syntax: ExpressionSyntax

    /// Reads an expression.
    ///
    /// - `pointer`: Where the text stands in the client's document, for errors.
    /// - Throws: A `Problem` that points to the first character that does not fit.
    public init(parsing text: String, at pointer: JSONPointer = .root) throws {
        guard text.utf8.count <= Self.maximumLength else {
            throw Problem.fault(
                pointer,
                "An expression has at most \(Self.maximumLength) bytes; this one has \(text.utf8.count).")
        }
        self.text = text
        self.pointer = pointer
        do {
            syntax = try ExpressionParser.tree(of: text)
        } catch let fault as ExpressionFault {
            throw fault.problem(in: text, at: pointer)
        }
    }

    /// The names of all functions, without prefix, in alphabetical order.
    public static var functionNames: [String] { ExpressionFunction.names }

    /// Checks shapes and types, and lays out the steps that calculate the expression.
    ///
    /// - Parameter inputs: What the names of the expression stand for.
    /// - Throws: A `Problem` that points to the part that does not fit the inputs.
    public func program(inputs: [ExpressionInput]) throws -> ExpressionProgram {
        try placingFaults {
            var graph = ExpressionGraph()
            var names: [String: ExpressionValue] = [:]
            for (index, input) in inputs.enumerated() {
                names[input.name] = .tensor(
                    try graph.input(
                        index, shape: input.checkedShape(), isDifferentiable: input.isDifferentiable))
            }
            var checker = ExpressionChecker(syntax, graph: graph, names: names)
            let output = try checker.graph.tensor(try checker.run())
            return ExpressionProgram(
                inputs: inputs, graph: checker.graph, output: output, expression: self)
        }
    }

    /// Checks that all names are known, before the shapes of the inputs are.
    ///
    /// - Throws: A `Problem` that points to the first name or function that is not.
    public func checkNames(inputs: [String]) throws {
        try placingFaults {
            let names = Dictionary(uniqueKeysWithValues: inputs.map { ($0, ExpressionValue.number(0)) })
            var checker = ExpressionChecker(syntax, graph: ExpressionGraph(), names: names)
            try checker.checkNames()
        }
    }

    /// The value for plain numbers, calculated as Python calculates it: in double precision, except where
    /// a function of Keras's (`K.exp`, `ops.exp`) gives a float32.
    ///
    /// For the schedules of callbacks: `lr if epoch < 10 else lr * math.exp(-0.1)`.
    ///
    /// - Throws: A `Problem` that points to what has no value, such as a division by zero.
    public func evaluate(_ numbers: [String: ExpressionNumber]) throws -> Double {
        try placingFaults {
            var checker = ExpressionChecker(
                syntax, graph: ExpressionGraph(), names: numbers.mapValues { .number($0) })
            let value = try checker.run()
            if case .number(let number) = value { return number.double }
            let node = try checker.graph.tensor(value)
            guard checker.graph.shape(node).rank == 0 else {
                throw ExpressionFault(
                    "the value is a tensor of shape \(checker.graph.shape(node)), not a single number")
            }
            let program = ExpressionProgram(
                inputs: [], graph: checker.graph, output: node, expression: self)
            let run = try program.makeRun(maximumRows: 1)
            // The value lies in the run's memory.
            return withExtendedLifetime(run) { Double(run.forward(rows: 1)[0]) }
        }
    }

    /// Turns faults, which know the place in the text, into problems, which also know the document.
    func placingFaults<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let fault as ExpressionFault {
            throw fault.placed(at: 0..<text.utf8.count).problem(in: text, at: pointer)
        }
    }
}

/// A name of an expression, and the array that it stands for.
public struct ExpressionInput: Sendable, Hashable {
    /// The name in the text.
    public var name: String
    /// The extents; nil, allowed in front only, stands for the rows in a batch. Empty for a single number.
    public var shape: [Int?]
    /// Whether gradients flow back to it.
    public var isDifferentiable: Bool

    /// An array under a name.
    public init(_ name: String, shape: [Int?], isDifferentiable: Bool = false) {
        self.name = name
        self.shape = shape
        self.isDifferentiable = isDifferentiable
    }

    func checkedShape() throws -> ExpressionShape {
        try ExpressionShape(
            shape.enumerated().map { axis, extent in
                if extent == nil, axis == 0 { return .batch }
                guard let extent, extent > 0 else {
                    throw ExpressionFault(
                        "the extents of '\(name)' behind the batch must be known and positive")
                }
                return ExpressionExtent(fixed: extent)
            })
    }
}
