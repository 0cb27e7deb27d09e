/// What a JSON document may ask of its reader.
public struct JSONLimits: Sendable, Hashable {
    /// How deep arrays and objects may nest; a scalar has depth 0, `[]` depth 1.
    public var maximumDepth: Int

    /// The most bytes a document may have. In memory its values can take twenty times as much, so arrays
    /// beyond this belong in an upload of their own.
    public var maximumBytes: Int

    /// Nesting up to 512, and 32 MiB.
    public static let `default` = JSONLimits()

    /// Limits of the caller's.
    public init(maximumDepth: Int = 512, maximumBytes: Int = 32 << 20) {
        self.maximumDepth = maximumDepth
        self.maximumBytes = maximumBytes
    }
}
