/// An expression's tree, laid out so that every node stands behind the nodes it is made of.
///
/// Whoever walks the nodes in order meets operands before operations, and needs no recursion.
struct ExpressionSyntax: Sendable {
    /// One node: what it is, and where it was written.
    struct Node: Sendable {
        let form: Form
        /// UTF-8 offsets into the text.
        let range: Range<Int>
    }

    /// What a node is; whole numbers are the indices of other nodes.
    enum Form: Sendable {
        case number(ExpressionNumber)
        case string(String)
        case none
        case ellipsis
        /// A name, possibly dotted: `y_pred`, `K.epsilon`.
        case name(String)
        case unary(UnaryOperator, Int)
        case binary(BinaryOperator, Int, Int)
        case conditional(then: Int, condition: Int, otherwise: Int)
        case call(String, nameRange: Range<Int>, arguments: [Argument])
        case sequence([Int])
        case subscripted(Int, [Int])
        case slice(start: Int?, stop: Int?, step: Int?)
    }

    /// An argument of a call.
    struct Argument: Sendable {
        /// The keyword it is given by; nil for a positional one.
        let keyword: String?
        let node: Int
        let range: Range<Int>
    }

    /// Operators before one operand.
    enum UnaryOperator: Sendable { case plus, minus, not }

    /// Operators between two operands.
    enum BinaryOperator: Sendable {
        case add, subtract, multiply, divide, floorDivide, remainder, power, matmul
        case equal, notEqual, less, lessEqual, greater, greaterEqual
        case and, or, exclusiveOr
    }

    /// The nodes; the last is the whole expression.
    var nodes: [Node] = []

    /// Appends a node and gives its index.
    mutating func append(_ form: Form, _ range: Range<Int>) -> Int {
        nodes.append(Node(form: form, range: range))
        return nodes.count - 1
    }
}
