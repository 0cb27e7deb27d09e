/// One step of a program: an operation on the results of earlier steps.
///
/// It holds no reference, so that steps run without reference counting.
struct ExpressionInstruction: Sendable, Hashable {
    /// What the step does.
    var operation: Operation
    /// The steps whose results it takes; -1 where there is none.
    var operands: SIMD4<Int32>
    var shape: ExpressionShape
    var kind: ExpressionKind
    /// Whether a differentiable input reaches the result by differentiable steps.
    var needsGradient: Bool
    /// Whether the result depends on the number of rows at most.
    var isConstant: Bool

    /// The kinds of step.
    enum Operation: Sendable, Hashable {
        /// The caller's array.
        case input(Int)
        /// Numbers of the text, from an offset in the program's table.
        case constant(Int)
        case unary(UnaryFunction)
        case binary(BinaryFunction)
        /// The second operand where the first is not 0, else the third.
        case select
        /// Over the operand's axes from `first` up to `end`.
        case reduce(ExpressionReduction, first: Int, end: Int)
        case cumulativeSum(axis: Int)
        /// Or its logarithm, over the operand's axes from `first` up to `end`.
        case softmax(isLogarithm: Bool, first: Int, end: Int)
        /// A rearranged copy.
        case view(ExpressionView)
        /// The operand's elements under another shape or type; `passes` the gradient or not.
        case alias(passes: Bool)
        /// [groups, m, k] × [groups or 1, k, n].
        case matmul
        /// A new last axis with 1 at the operand's value.
        case oneHot
        case concatenate(axis: Int)
    }

    /// The operand at a place.
    func operand(_ place: Int) -> Int { Int(operands[place]) }
}

/// Which element of an array each element of another is: transposing, slicing, broadcasting.
struct ExpressionView: Sendable, Hashable {
    /// For each axis of the result the axis of the source along which it runs, or -1 to repeat.
    var sourceAxis = SIMD8<Int>(repeating: -1)
    /// For each axis of the result how far it moves along the source's axis.
    var step = SIMD8<Int>(repeating: 0)
    /// For each axis of the source where it starts; counted from the end if negative.
    var start = SIMD8<Int>(repeating: 0)
}
