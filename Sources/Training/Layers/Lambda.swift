import Protocol

/// An expression of the input `x` as a layer (keras/src/layers/core/lambda_layer.py).
///
/// `function` (or `expression`) is an expression over Keras's backend functions, such as `x * K.sigmoid(x)`; `arguments`
/// are further names in it that stand for numbers. The output's shape follows from the expression; `output_shape`, without
/// the batch, has to agree if it is given. A mask ends here, as in Keras. Throws for Python code, which is never run, and
/// for expressions whose value does not begin with the batch.
struct Lambda: Layer {
    static let className = "Lambda"
    static let arguments: [Argument] =
        Argument.layer + [
            Argument("function", .expression, aliases: ["expression"]),
            Argument("output_shape", .shape, default: .null, hiddenWhenNull: true),
            Argument("mask", .value, default: .null, hiddenWhenNull: true),
            Argument("arguments", .value, default: [:]),
            .legacy("function_type", []), .legacy("module", []), .legacy("output_shape_type", []),
            .legacy("output_shape_module", []),
        ] + Argument.layerBehaviour

    let configuration: Arguments
    private let function: UserExpression
    private let numbers: [(name: String, value: Double)]

    init(_ arguments: Arguments) throws {
        configuration = arguments
        guard let function = arguments.expression("function") else {
            throw ArgumentError("function", "Lambda needs an expression of x, such as \"x * K.sigmoid(x)\".")
        }
        if arguments.has("mask") {
            throw ArgumentError(
                "mask", "Lambda makes no mask here: one on its input ends with it. Leave the argument out.")
        }
        self.function = function
        numbers = try Self.numbers(arguments.config["arguments"] ?? [:])
        try function.expression.checkNames(inputs: [UserExpression.tensor] + numbers.map(\.name))
    }

    private static func numbers(_ value: JSONValue) throws -> [(name: String, value: Double)] {
        let numbers = value.object?.map { name, value in (name, value.number) } ?? []
        guard value.object != nil, numbers.allSatisfy({ $0.1 != nil && $0.0 != UserExpression.tensor }) else {
            throw ArgumentError(
                "arguments",
                "arguments is an object of numbers by their names in the expression, such as {\"factor\": 2}; x is the input."
            )
        }
        return numbers.map { ($0, $1 ?? 0) }
    }

    func outputShape(for input: Shape) throws -> Shape {
        let shape = try function.outputShape(of: input, numbers: numbers.map(\.name))
        if configuration.has("output_shape") {
            let stated = Shape([input[0]] + configuration.sizes("output_shape"))
            guard stated.accepts(shape) else {
                throw Problem.fault(
                    configuration.pointer.appending("output_shape"),
                    "\(name) has output_shape \(Shape(stated.withoutBatch)), but its expression gives \(Shape(shape.withoutBatch)); leave output_shape out."
                )
            }
        }
        return shape
    }

    func mixesSamples(isTraining: Bool) -> Bool { !function.isElementwise }

    func makeOperation(_ site: Site) throws -> Operation {
        let program = try function.program(
            sizes: Array(site.input.shape.dropFirst()), numbers: numbers.map(\.name))
        return LambdaOperation(
            try TensorExpressionRun(
                program, numbers: numbers.map(\.value), rows: site.input.rows, arena: site.arena), site)
    }
}

private final class LambdaOperation: Operation {
    private let run: TensorExpressionRun
    private let input: Tensor
    private let output: Tensor

    init(_ run: TensorExpressionRun, _ site: Site) {
        self.run = run
        input = site.input
        output = site.output
    }

    override func forward(_ step: Step) { run.forward(input.values, to: output.values, rows: step.rows) }

    override func backward(_ step: Step) {
        guard let gradient = input.gradient, let outputGradient = output.gradient else { return }
        run.backward(
            input.values, outputGradient, to: gradient, rows: step.rows, count: step.rows * input.rowCount)
    }
}
