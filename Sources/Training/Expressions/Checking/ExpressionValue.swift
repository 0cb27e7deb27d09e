/// What a part of an expression stands for.
indirect enum ExpressionValue {
    /// A number of Python's, which takes the element type of the tensor that it meets.
    case number(ExpressionNumber)
    /// The result of a step.
    case tensor(Int)
    case none
    case string(String)
    case sequence([ExpressionValue])
    case slice(start: Int?, stop: Int?, step: Int?)
    case ellipsis
    /// A calculation that failed; it only matters if its value is used.
    case failure(ExpressionFault)

    /// What the value is, for error messages.
    var description: String {
        switch self {
        case .number: "a number"
        case .tensor: "a tensor"
        case .none: "None"
        case .string: "a string"
        case .sequence: "a tuple or list"
        case .slice: "a slice"
        case .ellipsis: "'...'"
        case .failure: "an error"
        }
    }

    /// The whole numbers of a whole number or of a tuple of them, or nil.
    var integers: [Int]? {
        switch self {
        case .number(.integer(let value)): [value]
        case .sequence(let values):
            values.reduce([]) { found, value in
                if let found, case .number(.integer(let integer)) = value { found + [integer] } else { nil }
            }
        default: nil
        }
    }
}

extension ExpressionGraph {
    /// The value as a tensor: a step, a number, or nested lists of numbers.
    mutating func tensor(_ value: ExpressionValue) throws -> Int {
        switch value {
        case .tensor(let node): return node
        case .number(let number):
            return try constant([Float(number.double)], kind: number.kind)
        case .sequence:
            var numbers: [Float] = []
            var kind = ExpressionKind.boolean
            let extents = try collect(value, into: &numbers, kind: &kind)
            guard !numbers.isEmpty else { throw ExpressionFault("an empty list is not a tensor") }
            return try constant(
                numbers, shape: ExpressionShape(extents.map { ExpressionExtent(fixed: $0) }), kind: kind)
        case .failure(let fault): throw fault
        default: throw ExpressionFault("a tensor or a number belongs here, not \(value.description)")
        }
    }

    /// Appends a nested list's numbers and gives its extents. The parser bounds the depth.
    private func collect(
        _ value: ExpressionValue, into numbers: inout [Float], kind: inout ExpressionKind
    ) throws -> [Int] {
        switch value {
        case .number(let number):
            numbers.append(Float(number.double))
            kind = max(kind, number.kind)
            return []
        case .sequence(let values):
            var inner: [Int]?
            for value in values {
                let extents = try collect(value, into: &numbers, kind: &kind)
                guard inner == nil || inner == extents else {
                    throw ExpressionFault("the rows of this list differ in length")
                }
                inner = extents
            }
            return [values.count] + (inner ?? [])
        case .failure(let fault): throw fault
        default:
            throw ExpressionFault(
                "a list holds numbers here, not \(value.description); stack() joins tensors")
        }
    }
}
