extension NDArray {
    /// Reads nested lists of numbers as `numpy.array` does: booleans alone give bool, integers (with booleans
    /// as 0 and 1) int64, anything else float64; `"NaN"`, `"Infinity"` and `"-Infinity"` are numbers. An empty
    /// list gives shape (0,) of float64.
    /// - `pointer`: Where the value stands in the body, for errors.
    /// - Throws: `.unprocessable`, pointing at the first list of another length or element that is no number.
    public init(json: JSONValue, at pointer: JSONPointer = .root) throws(Problem) {
        var shape: [Int] = []
        var first = json
        while case .array(let elements) = first {
            shape.append(elements.count)
            guard shape.count <= ArrayLayout.maximumRank else {
                throw .fault(
                    pointer, "Lists nest deeper than the \(ArrayLayout.maximumRank) dimensions possible.")
            }
            guard let next = elements.first else { break }
            first = next
        }
        var reader = NestedLists(shape: shape, pointer: pointer)
        try reader.read(json)
        self = try reader.array()
    }
}

/// Collects the elements of nested lists that have to fit a shape.
private struct NestedLists {
    let shape: [Int]
    let pointer: JSONPointer
    private var index: [Int] = []
    private var integers: [Int64] = []
    private var doubles: [Double] = []
    private var sawBool = false
    private var sawInteger = false
    /// Whether elements go to `doubles`, because one of them is no integer.
    private var floating = false

    init(shape: [Int], pointer: JSONPointer) {
        self.shape = shape
        self.pointer = pointer
    }

    mutating func read(_ value: JSONValue) throws(Problem) {
        guard case .array(let elements) = value else {
            guard index.count == shape.count else {
                throw fault(
                    "Expected a list of \(shape[index.count]) here, as in the first row, found \(value.kind)."
                )
            }
            return try append(value)
        }
        guard index.count < shape.count else {
            throw fault("Expected a number here, as in the first row, found a list.")
        }
        guard elements.count == shape[index.count] else {
            throw fault(
                "This list has \(elements.count) elements where the first one has \(shape[index.count]); "
                    + "lists must be of one length.")
        }
        index.append(0)
        for (position, element) in elements.enumerated() {
            index[index.count - 1] = position
            try read(element)
        }
        index.removeLast()
    }

    private mutating func append(_ value: JSONValue) throws(Problem) {
        switch value {
        case .bool(let flag):
            sawBool = true
            if floating { doubles.append(flag ? 1 : 0) } else { integers.append(flag ? 1 : 0) }
        case .integer(let number):
            sawInteger = true
            if floating { doubles.append(Double(number)) } else { integers.append(number) }
        case .number(let number):
            guard number.isFinite else { throw fault("This number is too large for float64.") }
            appendDouble(number)
        default:
            guard let number = value.number else {
                throw fault("Expected a number, found \(value.kind); a missing value is written \"NaN\".")
            }
            appendDouble(number)
        }
    }

    private mutating func appendDouble(_ number: Double) {
        if !floating {
            floating = true
            doubles = integers.map(Double.init)
            integers = []
        }
        doubles.append(number)
    }

    func array() throws(Problem) -> NDArray {
        if floating || !(sawBool || sawInteger) { return try NDArray(doubles, shape: shape) }
        if sawInteger { return try NDArray(integers, shape: shape) }
        return try NDArray(integers.map { $0 != 0 }, shape: shape)
    }

    private func fault(_ detail: String) -> Problem {
        .fault(index.reduce(pointer) { $0.appending($1) }, detail)
    }
}
