import Protocol

/// A named bundle of arrays, as it was when it was read.
public struct Dataset: Sendable, Hashable {
    /// Names this content; what replaces it gets another one.
    public let id: DatasetID
    /// What clients call it.
    public let name: String
    /// The size of the file that was uploaded, in bytes.
    public let bytes: Int
    /// The SHA-256 of that file, in hexadecimal; fit for an `ETag`.
    public let sha256: String
    /// When this content was stored.
    public let createdAt: Timestamp
    /// The arrays, in the file's order.
    public let arrays: [ArrayDescription]

    /// As the contract describes a dataset.
    public var json: JSONValue {
        [
            "name": .string(name), "bytes": .integer(Int64(bytes)), "sha256": .string(sha256),
            "created_at": .string(createdAt.description), "arrays": .array(arrays.map(\.json)),
        ]
    }
}
