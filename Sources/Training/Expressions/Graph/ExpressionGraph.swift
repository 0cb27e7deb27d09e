/// The steps of an expression while they are being collected; equal steps are kept once.
struct ExpressionGraph {
    /// The most steps a program may have.
    static let maximumCount = 4096

    /// The steps, operands first.
    private(set) var instructions: [ExpressionInstruction] = []
    /// The numbers of the constant steps.
    private(set) var constants: [Float] = []
    /// What softmax and sigmoid were taken of, by their result: Keras's crossentropies go back to it.
    var logits: [Int: Int] = [:]
    /// The extents that steps tell which grow with the batch, so that shapes may be made of them.
    var extents: [Int: ExpressionExtent] = [:]

    private var known: [ExpressionInstruction: Int] = [:]
    private var knownConstants: [[UInt32]: Int] = [:]

    /// The shape of a step's result.
    func shape(_ node: Int) -> ExpressionShape { instructions[node].shape }
    /// The element type of a step's result.
    func kind(_ node: Int) -> ExpressionKind { instructions[node].kind }

    /// Adds a step, or finds the one that does the same.
    mutating func add(
        _ operation: ExpressionInstruction.Operation, _ operands: [Int] = [], shape: ExpressionShape,
        kind: ExpressionKind, isDifferentiable: Bool = true, isConstant: Bool? = nil
    ) throws -> Int {
        var places = SIMD4<Int32>(repeating: -1)
        for (place, operand) in operands.enumerated() { places[place] = Int32(operand) }
        let instruction = ExpressionInstruction(
            operation: operation, operands: places, shape: shape, kind: kind,
            needsGradient: isDifferentiable && kind == .float
                && (operands.contains { instructions[$0].needsGradient } || operands.isEmpty),
            isConstant: isConstant ?? operands.allSatisfy { instructions[$0].isConstant })
        if let found = known[instruction] { return found }
        guard instructions.count < Self.maximumCount else {
            throw ExpressionFault("the expression takes more than \(Self.maximumCount) steps")
        }
        instructions.append(instruction)
        known[instruction] = instructions.count - 1
        return instructions.count - 1
    }

    /// The caller's array of a number.
    mutating func input(_ index: Int, shape: ExpressionShape, isDifferentiable: Bool) throws -> Int {
        try add(
            .input(index), shape: shape, kind: .float, isDifferentiable: isDifferentiable, isConstant: false)
    }

    /// Numbers of the text.
    mutating func constant(
        _ values: [Float], shape: ExpressionShape = .scalar, kind: ExpressionKind = .float
    ) throws -> Int {
        let bits = values.map(\.bitPattern)
        let offset = knownConstants[bits] ?? constants.count
        if offset == constants.count {
            constants += values
            knownConstants[bits] = offset
        }
        return try add(.constant(offset), shape: shape, kind: kind, isDifferentiable: false, isConstant: true)
    }

    /// A number of the text.
    mutating func constant(_ value: Double) throws -> Int { try constant([Float(value)]) }

    /// f(x), element by element.
    mutating func unary(_ function: UnaryFunction, _ x: Int) throws -> Int {
        try add(
            .unary(function), [x], shape: shape(x), kind: function.kind(of: kind(x)),
            isDifferentiable: function.isDifferentiable)
    }

    /// f(x, y), element by element, after broadcasting.
    mutating func binary(_ function: BinaryFunction, _ x: Int, _ y: Int) throws -> Int {
        var function = function
        if max(kind(x), kind(y)) == .boolean {
            switch function {
            case .add, .maximum: function = .logicalOr
            case .multiply, .minimum: function = .logicalAnd
            case .subtract:
                throw ExpressionFault("booleans are not subtracted; cast them first, or write a ^ b")
            default: break
            }
        }
        return try add(
            .binary(function), [x, y], shape: .broadcast(shape(x), shape(y)),
            kind: function.kind(of: kind(x), kind(y)), isDifferentiable: function.isDifferentiable)
    }

    /// Small whole powers as products, which are faster than powers in general; nil for others.
    mutating func power(_ x: Int, _ exponent: Double) throws -> Int? {
        switch exponent {
        case 2: try unary(.square, x)
        case 3: try binary(.multiply, x, try unary(.square, x))
        case 4: try unary(.square, try unary(.square, x))
        default: nil
        }
    }

    /// x where the condition is not 0, y elsewhere, after broadcasting.
    mutating func select(_ condition: Int, _ x: Int, _ y: Int) throws -> Int {
        let common = try ExpressionShape.broadcast(
            shape(condition), .broadcast(shape(x), shape(y)))
        let operands = try [condition, x, y].map { try broadcast($0, to: common) }
        return try add(.select, operands, shape: common, kind: max(kind(x), kind(y)))
    }

    /// The same elements under another element type, without any change of value.
    mutating func retyped(_ x: Int, as kind: ExpressionKind) throws -> Int {
        kind == self.kind(x) ? x : try add(.alias(passes: true), [x], shape: shape(x), kind: kind)
    }

    /// The same elements, without gradient.
    mutating func withoutGradient(_ x: Int) throws -> Int {
        guard instructions[x].needsGradient else { return x }
        return try add(.alias(passes: false), [x], shape: shape(x), kind: kind(x), isDifferentiable: false)
    }

    /// The same elements under a shape of as many.
    mutating func reshape(_ x: Int, to shape: ExpressionShape) throws -> Int {
        shape == self.shape(x) ? x : try add(.alias(passes: true), [x], shape: shape, kind: kind(x))
    }

    /// A reduction over some axes, or all if nil; `axes` count from the front.
    mutating func reduce(
        _ reduction: ExpressionReduction, _ x: Int, axes: [Int]?, keepdims: Bool = false
    ) throws -> Int {
        let full = shape(x)
        let axes = (axes ?? Array(0..<full.rank)).sorted()
        guard let first = axes.first, let last = axes.last else {
            return try add(
                .reduce(reduction, first: 0, end: 0), [x], shape: full, kind: reduction.kind(of: kind(x)),
                isDifferentiable: reduction.isDifferentiable)
        }
        let kept = (0..<full.rank).filter { !axes.contains($0) }
        var source = x
        var run = first..<last + 1
        if run.count != axes.count {
            source = try transpose(x, to: kept + axes)
            run = kept.count..<full.rank
        }
        let result = try add(
            .reduce(reduction, first: run.lowerBound, end: run.upperBound), [source],
            shape: ExpressionShape(kept.map { full[$0] }), kind: reduction.kind(of: kind(x)),
            isDifferentiable: reduction.isDifferentiable)
        guard keepdims else { return result }
        return try reshape(
            result, to: ExpressionShape((0..<full.rank).map { axes.contains($0) ? .one : full[$0] }))
    }
}
