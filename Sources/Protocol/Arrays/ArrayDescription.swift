/// An array's name and what it is made of, as a dataset lists it.
public struct ArrayDescription: Sendable, Hashable {
    /// The name, unique in its file.
    public let name: String
    /// How the elements lie in the file it comes from.
    public let layout: ArrayLayout

    /// The elements' type.
    public var dtype: DType { layout.dtype }
    /// The sizes of the dimensions.
    public var shape: [Int] { layout.shape }
    /// Bytes that the elements take.
    public var byteCount: Int { layout.byteCount }

    /// The longest name, in bytes of UTF-8.
    public static let longestName = 250

    /// A description with a name that a client gave.
    /// - Throws: `.malformed` for a name that is empty, longer than 250 bytes, or could be taken for a path
    ///   out of its folder; slashes inside are fine, as in `dense/kernel`.
    public init(name: String, layout: ArrayLayout) throws(Problem) {
        let parts = name.unicodeScalars.split(separator: "/", omittingEmptySubsequences: false)
        let plain = parts.allSatisfy { part in
            !part.isEmpty && !part.elementsEqual(".".unicodeScalars)
                && !part.elementsEqual("..".unicodeScalars)
                && part.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && $0 != "\\" }
        }
        guard plain, name.utf8.count <= Self.longestName else {
            throw Problem(
                .malformed,
                "'\(name.prefix(80))' cannot name an array: use 1 to \(Self.longestName) bytes, without "
                    + "backslashes, control characters, leading slashes or '..'.")
        }
        self.name = name
        self.layout = layout
    }

    /// As the contract lists an array: `{"name", "dtype", "shape"}`.
    public var json: JSONValue {
        [
            "name": .string(name), "dtype": .string(dtype.rawValue),
            "shape": .array(shape.map { .integer(Int64($0)) }),
        ]
    }
}
