import Protocol

/// An expression whose shapes and types are known, ready to run on batches.
public struct ExpressionProgram: Sendable {
    /// The most elements that all values and gradients of a run may have together: 2²⁸, a gibibyte of float32.
    public static let maximumElements = 1 << 28
    /// The most multiplications that the matrix products of one pass may take: 2³⁴.
    public static let maximumProducts = 1 << 34

    /// What the names of the expression stand for.
    public let inputs: [ExpressionInput]
    /// The extents of the value; nil in front stands for the rows in a batch.
    public let outputShape: [Int?]
    /// Whether the value is true or false, held as 1 and 0.
    public let isBoolean: Bool
    /// Whether gradients flow from the value to at least one differentiable input.
    public let isDifferentiable: Bool

    let instructions: [ExpressionInstruction]
    let constants: [Float]
    let output: Int
    private let expression: Expression

    init(inputs: [ExpressionInput], graph: ExpressionGraph, output: Int, expression: Expression) {
        self.inputs = inputs
        self.expression = expression
        constants = graph.constants
        let kept = Self.reachable(from: output, in: graph.instructions)
        instructions = kept.instructions
        self.output = kept.output
        let result = kept.instructions[kept.output]
        outputShape = result.shape.extents.map { $0.isFixed ? $0.fixed : nil }
        isBoolean = result.kind == .boolean
        isDifferentiable = result.needsGradient
    }

    /// The steps on which the output depends, renumbered.
    private static func reachable(
        from output: Int, in instructions: [ExpressionInstruction]
    ) -> (instructions: [ExpressionInstruction], output: Int) {
        var isNeeded = Array(repeating: false, count: instructions.count)
        isNeeded[output] = true
        for index in instructions.indices.reversed() where isNeeded[index] {
            for place in 0..<4 where instructions[index].operands[place] >= 0 {
                isNeeded[instructions[index].operand(place)] = true
            }
        }
        var places = Array(repeating: Int32(-1), count: instructions.count)
        var kept: [ExpressionInstruction] = []
        for (index, var instruction) in instructions.enumerated() where isNeeded[index] {
            for place in 0..<4 where instruction.operands[place] >= 0 {
                instruction.operands[place] = places[instruction.operand(place)]
            }
            places[index] = Int32(kept.count)
            kept.append(instruction)
        }
        return (kept, Int(places[output]))
    }

    /// Whether gradients flow from the value to an input.
    public func reaches(input: Int) -> Bool {
        isDifferentiable
            && instructions.contains { $0.operation == .input(input) && $0.needsGradient }
    }

    /// The number of elements of the value for a batch of `rows`, or nil if no `Int` holds it.
    public func outputCount(rows: Int) -> Int? { instructions[output].shape.count(rows: rows) }

    /// The buffers for batches of up to `maximumRows`; the program can have any number of runs.
    ///
    /// - Throws: A `Problem` if the values would take more memory or time than the limits allow.
    public func makeRun(maximumRows: Int) throws -> ExpressionRun {
        ExpressionRun(self, maximumRows: max(maximumRows, 1), layout: try layout(maximumRows: maximumRows))
    }

    /// The bytes that a run for batches of up to `maximumRows` takes.
    ///
    /// - Throws: As `makeRun`, but allocates nothing.
    public func byteCount(maximumRows: Int) throws -> Int {
        try layout(maximumRows: maximumRows).count * MemoryLayout<Float>.stride
    }

    private func layout(maximumRows: Int) throws -> ExpressionLayout {
        try expression.placingFaults {
            try ExpressionLayout(instructions, output: output, maximumRows: max(maximumRows, 1))
        }
    }
}
