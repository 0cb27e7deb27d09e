/// A media type without its parameters: `application/json`.
public struct MediaType: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// `application`, in lower case.
    public let type: String
    /// `json`, in lower case.
    public let subtype: String

    /// `application/json`.
    public var description: String { "\(type)/\(subtype)" }

    /// Reads the type of a `Content-Type` field, whatever its parameters are.
    public init?(parsing field: String) {
        let name = field.prefix { $0 != ";" }.lowercased()
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
            .map { $0.trimmingBlanks() }
        guard parts.count == 2, parts.allSatisfy({ isToken($0.utf8) }) else { return nil }
        type = String(parts[0])
        subtype = String(parts[1])
    }

    /// A type known here, written as `application/json`.
    public init(stringLiteral value: String) {
        let parts = value.split(separator: "/")
        type = String(parts.first ?? "")
        subtype = String(parts.last ?? "")
    }

    /// JSON.
    public static let json: MediaType = "application/json"
    /// A problem document.
    public static let problem: MediaType = "application/problem+json"
    /// NumPy's `.npy`.
    public static let npy: MediaType = "application/x-npy"
    /// NumPy's `.npz`.
    public static let npz: MediaType = "application/x-npz"
    /// Comma-separated values.
    public static let csv: MediaType = "text/csv"
    /// Plain text.
    public static let text: MediaType = "text/plain"
    /// Server-sent events.
    public static let eventStream: MediaType = "text/event-stream"
    /// One JSON document a line.
    public static let ndjson: MediaType = "application/x-ndjson"
    /// Bytes of an unknown kind.
    public static let octetStream: MediaType = "application/octet-stream"
}

extension StringProtocol {
    /// The text without blanks (space, tab) at its ends.
    func trimmingBlanks() -> SubSequence {
        var rest = self[...]
        while let first = rest.first, first == " " || first == "\t" { rest = rest.dropFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest = rest.dropLast() }
        return rest
    }
}
