/// What a JSON document may ask of its reader.
public struct JSONLimits: Sendable, Hashable {
    /// How deep arrays and objects may nest; a scalar has depth 0, `[]` depth 1.
    public var maximumDepth: Int

    /// Nesting up to 512.
    public static let `default` = JSONLimits()

    /// Limits with a depth of the caller's.
    public init(maximumDepth: Int = 512) {
        self.maximumDepth = maximumDepth
    }
}
