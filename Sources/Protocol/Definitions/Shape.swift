/// The sizes of an array, the batch first; `nil` stands for any positive size, as Keras's `None` does.
public struct Shape: Sendable, Hashable {
    /// The sizes, outermost first.
    public var dimensions: [Int?]

    /// A shape of these sizes.
    public init(_ dimensions: [Int?]) { self.dimensions = dimensions }

    /// A shape whose sizes are all known.
    public init(_ sizes: [Int]) { dimensions = sizes.map { $0 } }

    /// The number of dimensions, the batch among them.
    public var rank: Int { dimensions.count }

    /// The size of a dimension; a negative index counts from the end.
    public subscript(index: Int) -> Int? {
        get { dimensions[index < 0 ? rank + index : index] }
        set { dimensions[index < 0 ? rank + index : index] = newValue }
    }

    /// The sizes without the batch.
    public var withoutBatch: [Int?] { Array(dimensions.dropFirst()) }

    /// The sizes, or nil while one is unknown.
    public var known: [Int]? {
        let sizes = dimensions.compactMap { $0 }
        return sizes.count == rank ? sizes : nil
    }

    /// The product of all sizes, or nil while one is unknown or when it does not fit.
    public var count: Int? { known?.checkedProduct }

    /// The same shape with another batch size.
    public func batch(_ size: Int?) -> Shape {
        Shape([size] + dimensions.dropFirst())
    }

    /// Whether an array of shape `other` may stand where this is asked for.
    public func accepts(_ other: Shape) -> Bool {
        rank == other.rank
            && zip(dimensions, other.dimensions).allSatisfy { $0 == nil || $1 == nil || $0 == $1 }
    }

    /// The JSON form: numbers and `null`.
    public var json: JSONValue {
        .array(dimensions.map { size in size.map { .integer(Int64($0)) } ?? .null })
    }
}

extension Shape: CustomStringConvertible {
    /// As Python prints a tuple: `(None, 32)`, `(10,)`.
    public var description: String {
        let sizes = dimensions.map { size in size.map(String.init) ?? "None" }
        return rank == 1 ? "(\(sizes[0]),)" : "(\(sizes.joined(separator: ", ")))"
    }
}

extension Sequence where Element == Int {
    /// The product of all elements, or nil when it does not fit `Int`.
    public var checkedProduct: Int? {
        var product = 1
        for factor in self {
            let (value, overflow) = product.multipliedReportingOverflow(by: factor)
            if overflow { return nil }
            product = value
        }
        return product
    }
}
