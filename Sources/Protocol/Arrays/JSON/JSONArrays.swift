/// The arrays of a JSON document: `{"x": [[…]], "y": […]}`, or a list alone.
public struct JSONArrays: ArraySource {
    /// The arrays, in the file's order.
    public let arrays: [ArrayDescription]
    private let contents: [NDArray]

    /// Reads a document; a list alone is one array of the given name.
    /// - Throws: `.malformed` for JSON that is broken, `.unprocessable` for values that are no arrays.
    public init(_ file: UnsafeRawBufferPointer, name: String) throws(Problem) {
        try self.init(try JSONValue(parsing: file), name: name)
    }

    /// Takes the arrays of a value that has been read.
    public init(_ value: JSONValue, name: String) throws(Problem) {
        var arrays: [ArrayDescription] = []
        var contents: [NDArray] = []
        func add(_ name: String, _ value: JSONValue, _ pointer: JSONPointer) throws(Problem) {
            guard value.array != nil else {
                throw .fault(pointer, "Expected an array as nested lists of numbers, found \(value.kind).")
            }
            let array = try NDArray(json: value, at: pointer)
            let layout = try ArrayLayout(dtype: array.dtype, shape: array.shape)
            arrays.append(try ArrayDescription(name: name, layout: layout))
            contents.append(array)
        }
        if case .object(let members) = value {
            for (key, member) in members { try add(key, member, .root.appending(key)) }
        } else {
            try add(name, value, .root)
        }
        self.arrays = arrays
        self.contents = contents
    }

    /// Writes every array, as `ArraySource` asks for.
    public func write(to sink: (_ array: Int, _ bytes: UnsafeRawBufferPointer) throws -> Void) throws {
        for (index, array) in contents.enumerated() {
            try array.bytes.withUnsafeBytes { try sink(index, $0) }
        }
    }
}
