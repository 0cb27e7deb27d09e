/// The buffers of an expression for batches up to a size, and the two passes over them.
///
/// All memory is allocated when the run is made; passes allocate nothing, take no lock and throw nothing.
/// A run serves one thread at a time; several runs of one program are independent.
public final class ExpressionRun {
    /// The program that the run executes.
    public let program: ExpressionProgram
    /// The most rows that a batch may have.
    public let maximumRows: Int
    /// The rows of the last forward pass.
    public private(set) var rows = 0

    let steps: UnsafeMutableBufferPointer<ExpressionStep>
    /// Room for packing the operands of matrix products.
    private(set) var scratch = UnsafeMutableBufferPointer<Float>(start: nil, count: 0)
    private let block: UnsafeMutablePointer<Float>
    private let numbers: UnsafeMutableBufferPointer<Float>
    private let constants: UnsafeMutableBufferPointer<Float>

    init(_ program: ExpressionProgram, maximumRows: Int, layout: ExpressionLayout) {
        self.program = program
        self.maximumRows = maximumRows
        let aligned = UnsafeMutableRawPointer.allocate(
            byteCount: max(layout.count, 1) * MemoryLayout<Float>.stride, alignment: 64)
        block = aligned.bindMemory(to: Float.self, capacity: max(layout.count, 1))
        numbers = .allocate(capacity: program.inputs.count)
        numbers.initialize(repeating: 0)
        constants = .allocate(capacity: program.constants.count)
        _ = constants.initialize(from: program.constants)
        steps = .allocate(capacity: program.instructions.count)
        for (index, instruction) in program.instructions.enumerated() {
            var step = ExpressionStep(instruction)
            if layout.values[index] >= 0 { step.value = block + layout.values[index] }
            if layout.gradients[index] >= 0 { step.gradient = block + layout.gradients[index] }
            step.root = layout.roots[index]
            if case .alias(passes: true) = instruction.operation, instruction.needsGradient {
                step.gradient = steps[instruction.operand(0)].gradient
            }
            if case .constant(let offset) = instruction.operation {
                step.value = constants.baseAddress.map { $0 + offset }
            }
            steps.initializeElement(at: index, to: step)
        }
        for (index, input) in program.inputs.enumerated() where input.shape.isEmpty {
            if let base = numbers.baseAddress { bind(input: index, to: base + index) }
        }
        for index in steps.indices { steps[index].value = steps[steps[index].root].value }
        prepare(rows: maximumRows)
    }

    deinit {
        block.deallocate()
        numbers.deallocate()
        constants.deallocate()
        scratch.deallocate()
        steps.deallocate()
    }

    /// Sets where an input's array lies, in C order, for all passes until it is set again.
    public func bind(input: Int, to values: UnsafePointer<Float>) {
        let pointer = UnsafeMutablePointer(mutating: values)
        for index in steps.indices where steps[steps[index].root].instruction.operation == .input(input) {
            steps[index].value = pointer
        }
    }

    /// Sets the value of an input of shape [].
    public func set(input: Int, to number: Float) {
        numbers[input] = number
    }

    /// Sets where the gradient of an input is added to what is there already; without it, each backward
    /// pass leaves the gradient in a buffer of the run's, see `gradient(ofInput:)`.
    public func bindGradient(input: Int, to gradient: UnsafeMutablePointer<Float>) {
        for index in steps.indices
        where steps[index].instruction.operation == .input(input) && steps[index].instruction.needsGradient {
            guard let former = steps[index].gradient else { continue }
            for other in steps.indices where steps[other].gradient == former {
                steps[other].gradient = gradient
            }
            steps[index].isGradientBound = true
        }
    }

    /// The gradient that the last backward pass gave an input, in the input's shape; nil if none reaches it.
    public func gradient(ofInput input: Int) -> UnsafePointer<Float>? {
        for step in steps where step.instruction.operation == .input(input) {
            return step.gradient.map { UnsafePointer($0) }
        }
        return nil
    }

    /// Calculates the value for the first `rows` rows of the inputs.
    ///
    /// - Returns: The value in C order; valid until the next pass, or until the input that it is changes.
    public func forward(rows: Int) -> UnsafeBufferPointer<Float> {
        // safe: callers split batches by the size that they gave to makeRun; past it memory would be overrun.
        precondition(rows >= 1 && rows <= maximumRows, "a batch of 1 to \(maximumRows) rows")
        let isNew = rows != self.rows
        if isNew { prepare(rows: rows) }
        self.rows = rows
        for index in steps.indices where isNew || !steps[index].instruction.isConstant {
            execute(index)
        }
        let output = steps[program.output]
        return UnsafeBufferPointer(start: output.value, count: output.loop.count)
    }

    /// Calculates the value of an expression of one number, such as a schedule of the step.
    public func evaluate(_ number: Float) -> Float {
        if !program.inputs.isEmpty { set(input: 0, to: number) }
        return forward(rows: 1)[0]
    }

    /// Walks from the value back to the differentiable inputs, for the rows of the last forward pass.
    ///
    /// - Parameter outputGradient: The gradient with respect to the value, in its shape.
    public func backward(outputGradient: UnsafePointer<Float>) {
        guard rows > 0, let target = steps[program.output].gradient else { return }
        for index in steps.indices where !steps[index].isGradientBound {
            if case .alias = steps[index].instruction.operation { continue }
            steps[index].gradient?.update(repeating: 0, count: steps[index].loop.count)
        }
        addElements(steps[program.output].loop.count, outputGradient, into: target)
        for index in steps.indices.reversed() where steps[index].instruction.needsGradient {
            differentiate(index)
        }
    }

    /// Lays out the walks for a batch. Scratch space grows here if a short batch packs more than a full one.
    private func prepare(rows: Int) {
        for index in steps.indices {
            let instruction = steps[index].instruction
            let first =
                instruction.operands[0] < 0 ? .scalar : steps[instruction.operand(0)].instruction.shape
            let second =
                instruction.operands[1] < 0 ? .scalar : steps[instruction.operand(1)].instruction.shape
            steps[index].loop = ExpressionLoop(instruction, first: first, second: second, rows: rows)
            if case .matmul = instruction.operation { reserve(steps[index].loop.productScratch) }
        }
    }

    private func reserve(_ count: Int) {
        guard count > scratch.count else { return }
        scratch.deallocate()
        scratch = .allocate(capacity: count)
    }
}

/// A step of a run: what to do, where the result and its gradient lie, how to walk.
struct ExpressionStep {
    let instruction: ExpressionInstruction
    var value: UnsafeMutablePointer<Float>?
    var gradient: UnsafeMutablePointer<Float>?
    /// The step whose memory the value shares; its own index if none.
    var root = 0
    /// Whether the gradient is the caller's, which is not cleared.
    var isGradientBound = false
    var loop = ExpressionLoop()

    init(_ instruction: ExpressionInstruction) { self.instruction = instruction }
}
