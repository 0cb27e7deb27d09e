/// A variable's name, shape and values.
public struct Variable: Sendable {
    /// Keras's path without the model's name, such as `dense/kernel`.
    public var path: String
    /// Its shape.
    public var shape: [Int]
    private var elements: Elements

    private enum Elements: Sendable {
        case own([Float])
        case lent(LentMemory)
    }

    /// Memory, at any address, that its owner keeps and that nobody writes meanwhile.
    private struct LentMemory: @unchecked Sendable {  // it is only read
        let bytes: UnsafeRawBufferPointer
        let owner: any AnyObject & Sendable
    }

    /// A variable with values of its own.
    public init(path: String, shape: [Int], values: [Float]) {
        self.path = path
        self.shape = shape
        elements = .own(values)
    }

    /// A variable whose values lie, in C order and at any address, in memory that `owner` keeps, and that nobody writes
    /// while the variable lives.
    public init(
        path: String, shape: [Int], lent bytes: UnsafeRawBufferPointer, owner: any AnyObject & Sendable
    ) {
        self.path = path
        self.shape = shape
        elements = .lent(LentMemory(bytes: bytes, owner: owner))
    }

    /// Its elements, in C order; a copy of those that are lent.
    public var values: [Float] {
        get {
            switch elements {
            case .own(let values): values
            case .lent(let memory):
                [Float](unsafeUninitializedCapacity: count) { buffer, filled in
                    withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
                    filled = memory.bytes.count / MemoryLayout<Float>.size
                }
            }
        }
        set { elements = .own(newValue) }
    }

    /// How many elements it has.
    public var count: Int {
        switch elements {
        case .own(let values): values.count
        case .lent(let memory): memory.bytes.count / MemoryLayout<Float>.size
        }
    }

    /// Calls `body` with the elements' bytes where they lie, at any address.
    public func withUnsafeBytes<Value>(
        _ body: (UnsafeRawBufferPointer) throws -> Value
    ) rethrows -> Value {
        switch elements {
        case .own(let values): try values.withUnsafeBytes(body)
        case .lent(let memory): try withExtendedLifetime(memory.owner) { try body(memory.bytes) }
        }
    }

    /// The same with values of its own.
    var copied: Variable { Variable(path: path, shape: shape, values: values) }
}

extension Variable: Hashable {
    /// Whether all parts are equal, wherever the values lie.
    public static func == (one: Variable, other: Variable) -> Bool {
        one.path == other.path && one.shape == other.shape && one.values == other.values
    }

    /// Hashes all parts.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(path)
        hasher.combine(shape)
        hasher.combine(values)
    }
}
