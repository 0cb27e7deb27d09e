import Protocol

/// Expressions of one tensor `x` whose first axis is the batch, as layers and activations have them.
extension UserExpression {
    /// What stands for the tensor.
    static let tensor = "x"

    /// The expression for a tensor with these sizes behind the batch; `numbers` are further names.
    ///
    /// Throws a problem where the sizes do not fit, and unless the value's first axis is the batch too.
    func program(sizes: [Int], numbers: [String] = []) throws -> ExpressionProgram {
        let x = ExpressionInput(Self.tensor, shape: [nil] + sizes.map { $0 }, isDifferentiable: true)
        let program = try expression.program(
            inputs: [x] + numbers.map { ExpressionInput($0, shape: []) })
        if program.outputSizes == nil {
            try expression.placingFaults {
                throw ExpressionFault(
                    "the value has the shape \(program.outputExtents), whose first axis is not the batch's: "
                        + "each sample has a value of its own, so reduce along other axes, as in axis=-1")
            }
        }
        return program
    }

    /// The shape of the value for a tensor of a shape.
    ///
    /// Sizes that are not known are tried as 1 and as 2: what comes out the same for both is known.
    func outputShape(of input: Shape, numbers: [String] = []) throws -> Shape {
        let open = input.withoutBatch
        if !open.contains(nil) {
            return Shape([input[0]] + (try sizes(open.compactMap { $0 }, numbers)).map { $0 })
        }
        do {
            let (one, two) = (
                try sizes(open.map { $0 ?? 1 }, numbers), try sizes(open.map { $0 ?? 2 }, numbers)
            )
            guard one.count == two.count else {
                throw ShapeError("The shape of '\(name)' cannot be told for an input of shape \(input).")
            }
            return Shape([input[0]] + zip(one, two).map { $0 == $1 ? $0 : nil })
        } catch let problem as Problem {
            let note = " The input has the shape \(input); state the sizes that it leaves open."
            throw Problem(faults: problem.errors.map { Problem.Fault($0.pointer, $0.detail + note) })
        }
    }

    /// Throws unless the value has the tensor's own shape, which is given back.
    func keepsShape(of input: Shape) throws -> Shape {
        let output = try outputShape(of: input)
        if !output.accepts(input) {
            try expression.placingFaults {
                throw ExpressionFault(
                    "the value has the shape \(output), but an activation keeps the shape of its input, \(input)"
                )
            }
        }
        return input
    }

    private func sizes(_ sizes: [Int], _ numbers: [String]) throws -> [Int] {
        try program(sizes: sizes, numbers: numbers).outputSizes ?? []
    }

    /// Whether each element of the value depends on the element of `x` in the same place alone.
    var isElementwise: Bool {
        let x = ExpressionInput(Self.tensor, shape: [nil], isDifferentiable: true)
        return (try? expression.program(inputs: [x]))?.isElementwise ?? false
    }
}

extension ExpressionProgram {
    /// The sizes of the value behind its first axis; nil unless that is the batch's and the others are fixed.
    var outputSizes: [Int]? {
        let extents = instructions[output].shape.extents
        guard extents.first == .batch, extents.dropFirst().allSatisfy(\.isFixed) else { return nil }
        return extents.dropFirst().map(\.fixed)
    }

    /// The value's extents as messages show them.
    var outputExtents: String { instructions[output].shape.description }

    /// Whether each element of the value depends on the same element of the inputs alone.
    var isElementwise: Bool {
        let shape = instructions.first { $0.operation == .input(0) }?.shape
        return instructions[output].shape == shape
            && instructions.allSatisfy { step in
                switch step.operation {
                case .input, .unary, .binary, .select: true
                case .constant: step.shape.rank == 0
                case .alias: step.shape == instructions[step.operand(0)].shape
                case .view: instructions[step.operand(0)].shape.rank == 0
                default: false
                }
            }
    }
}

/// The passes of an expression over a tensor: `y = f(x)`, and the gradient by `x` from that by `y`.
///
/// `y` may be `x` and `dx` may be `dy`. The gradient is 0 where none flows back.
final class TensorExpressionRun {
    private let run: ExpressionRun
    private let isDifferentiable: Bool
    private var bound: UnsafePointer<Float>?

    /// The passes for batches of up to `rows`; `numbers` are the values of the further names.
    init(_ program: ExpressionProgram, numbers: [Double] = [], rows: Int, arena: Arena) throws {
        run = try UserExpression.makeRun(program, rows: rows, arena: arena)
        isDifferentiable = program.reaches(input: 0)
        for (index, number) in numbers.enumerated() { run.set(input: index + 1, to: Float(number)) }
    }

    func forward(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, rows: Int) {
        let result = calculate(x, rows: rows)
        if let base = result.baseAddress { y.update(from: base, count: result.count) }
    }

    private func calculate(_ x: UnsafePointer<Float>, rows: Int) -> UnsafeBufferPointer<Float> {
        if bound != x { run.bind(input: 0, to: x) }
        bound = x
        return run.forward(rows: rows)
    }

    /// Goes back over `x`, which has `count` elements; what was calculated of it is still there if it was the last.
    func backward(
        _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, to dx: UnsafeMutablePointer<Float>, rows: Int,
        count: Int
    ) {
        if isDifferentiable {
            if bound != x || run.rows != rows { _ = calculate(x, rows: rows) }
            run.backward(outputGradient: dy)
        }
        guard isDifferentiable, let gradient = run.gradient(ofInput: 0) else {
            return dx.update(repeating: 0, count: count)
        }
        dx.update(from: gradient, count: count)
    }
}
