/// Where a program's values and gradients lie in one block, in elements.
///
/// A value's place is given to a later value once nothing reads it any more, unless gradients will.
struct ExpressionLayout {
    /// The place of each step's value; -1 where the value lies elsewhere: inputs, and aliases of others.
    private(set) var values: [Int]
    /// The place of each step's gradient; -1 where there is none, or it is another's.
    private(set) var gradients: [Int]
    /// The step at whose place the value of each step lies.
    private(set) var roots: [Int]
    /// The elements of the block.
    private(set) var count = 0

    private var free: [(place: Int, count: Int)] = []

    /// Places are aligned to 64 bytes.
    private static let alignment = 16

    init(_ instructions: [ExpressionInstruction], output: Int, maximumRows: Int) throws {
        values = Array(repeating: -1, count: instructions.count)
        gradients = values
        roots = Array(instructions.indices)
        let counts = try Self.counts(instructions, maximumRows: maximumRows)
        var lastUse = Array(instructions.indices)
        for (index, instruction) in instructions.enumerated() {
            if case .alias = instruction.operation { roots[index] = roots[instruction.operand(0)] }
            for place in 0..<4 where instruction.operands[place] >= 0 {
                lastUse[roots[instruction.operand(place)]] = index
            }
        }
        let keepsAll = instructions[output].needsGradient
        for (index, instruction) in instructions.enumerated() where instruction.isConstant || keepsAll {
            lastUse[roots[index]] = .max
        }
        lastUse[roots[output]] = .max
        for (index, instruction) in instructions.enumerated() {
            if case .input = instruction.operation { continue }
            if roots[index] == index { values[index] = take(counts[index]) }
            for place in 0..<4 where instruction.operands[place] >= 0 {
                let root = roots[instruction.operand(place)]
                guard lastUse[root] == index, values[root] >= 0 else { continue }
                free.append((values[root], counts[root]))
                lastUse[root] = .max
            }
        }
        guard keepsAll else { return }
        free = []
        for (index, instruction) in instructions.enumerated() where instruction.needsGradient {
            if case .alias = instruction.operation { continue }
            gradients[index] = take(counts[index])
        }
        guard count <= ExpressionProgram.maximumElements else {
            throw Self.tooLarge("its values and gradients", maximumRows)
        }
    }

    /// A place of `wanted` elements: the smallest free one that is large enough, or a new one.
    private mutating func take(_ wanted: Int) -> Int {
        let fitting = free.indices.filter { free[$0].count >= wanted }
        if let index = fitting.min(by: { free[$0].count < free[$1].count }) {
            return free.remove(at: index).place
        }
        defer { count += wanted }
        return count
    }

    /// The elements of each value, rounded up to the alignment, if all limits hold.
    private static func counts(
        _ instructions: [ExpressionInstruction], maximumRows: Int
    ) throws -> [Int] {
        var total = 0
        var products = 0
        let counts = try instructions.map { instruction in
            guard let count = instruction.shape.count(rows: maximumRows),
                count <= ExpressionProgram.maximumElements
            else { throw tooLarge("a value of shape \(instruction.shape)", maximumRows) }
            if case .matmul = instruction.operation {
                let left = instructions[instruction.operand(0)].shape
                let depth = left.extents(rows: maximumRows)[left.rank - 1]
                let (part, overflows) = count.multipliedReportingOverflow(by: depth)
                products =
                    overflows
                    ? .max : products.addingReportingOverflow(part).overflow ? .max : products + part
            }
            if case .input = instruction.operation, !instruction.needsGradient { return count }
            total += (count + alignment - 1) / alignment * alignment
            return (count + alignment - 1) / alignment * alignment
        }
        guard total <= ExpressionProgram.maximumElements else {
            throw tooLarge("its \(instructions.count) steps", maximumRows)
        }
        guard products <= ExpressionProgram.maximumProducts else {
            throw tooLarge("its matrix products", maximumRows)
        }
        return counts
    }

    private static func tooLarge(_ what: String, _ rows: Int) -> ExpressionFault {
        ExpressionFault(
            "for batches of \(rows) rows the expression is too large: \(what) would take more than the limit "
                + "of \(ExpressionProgram.maximumElements) elements")
    }
}
