import Protocol

/// A stack of layers, how it was compiled, and that it has learnt.
public struct Model: Sendable, Hashable {
    /// Names this model for good; a model made later under the same name gets another one.
    public let id: ModelID
    /// What clients call it.
    public let name: String
    /// The stack.
    public var definition: JSONValue
    /// The options of the last compile; nil when it is not compiled.
    public var compile: JSONValue?
    /// Whether it has weights; a model that is not built has none.
    public let hasState: Bool
    /// Counts the changes, from 1.
    public let version: Int
    /// When it was made.
    public let createdAt: Timestamp
    /// When it last changed.
    public let updatedAt: Timestamp

    /// Names one state of one model; fit for an `ETag`.
    public var etag: String { "\(id.ulid)-\(version)" }
}

/// What changes about a model; what is nil stays.
public struct ModelChange: Sendable {
    /// The stack.
    public var definition: JSONValue?
    /// The options of a compile.
    public var compile: Setting<JSONValue>?
    /// Weights, optimizer slots and what else a model remembers, as an `.npz` file.
    public var state: Setting<[UInt8]>?
    /// The same, on the disk already, instead of `state`.
    var stateBlob: Blob?

    /// A new value, or none.
    public enum Setting<Value: Sendable>: Sendable {
        case set(Value)
        case cleared
    }

    /// A change.
    public init(
        definition: JSONValue? = nil, compile: Setting<JSONValue>? = nil, state: Setting<[UInt8]>? = nil
    ) {
        self.definition = definition
        self.compile = compile
        self.state = state
    }
}
