import HTTPTypes
import Protocol

/// An entity tag (RFC 9110, 8.8.3): names one state of a resource.
///
/// The server appends `-gzip` to the tag of an answer that it compresses, since the two differ byte by byte;
/// preconditions take either for the resource's state.
public struct EntityTag: Sendable, Hashable, CustomStringConvertible {
    /// The opaque text between the quotes.
    public let value: String
    /// Whether the tag promises less than byte-for-byte equality.
    public let isWeak: Bool

    /// A tag; `value` has no quotes, blanks or controls.
    public init(_ value: String, weak: Bool = false) {
        self.value = value
        isWeak = weak
    }

    /// The tag as it stands in `ETag`: `"abc"`, `W/"abc"`.
    public var description: String { (isWeak ? "W/" : "") + "\"\(value)\"" }

    /// Reads one tag.
    public init?(parsing text: some StringProtocol) {
        guard let tags = Self.list(String(text)), tags.count == 1 else { return nil }
        self = tags[0]
    }

    static let gzipSuffix = "-gzip"

    /// The tag of the resource, whichever coding it was sent with.
    var uncoded: String { value.hasSuffix(Self.gzipSuffix) ? String(value.dropLast(5)) : value }

    /// The tags of a list; nil when it is not one. A tag may hold a comma.
    static func list(_ text: String) -> [EntityTag]? {
        var tags: [EntityTag] = []
        var rest = text[...]
        while true {
            rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "," }
            if rest.isEmpty { return tags }
            let weak = rest.hasPrefix("W/")
            if weak { rest = rest.dropFirst(2) }
            guard rest.first == "\"" else { return nil }
            rest = rest.dropFirst()
            guard let end = rest.firstIndex(of: "\"") else { return nil }
            tags.append(EntityTag(String(rest[..<end]), weak: weak))
            rest = rest[rest.index(after: end)...].drop { $0 == " " || $0 == "\t" }
            guard rest.isEmpty || rest.first == "," else { return nil }
        }
    }
}

/// What a request's preconditions come to.
public enum Precondition: Sendable {
    /// Go on with the method.
    case proceed
    /// Answer 304 with the `ETag`: the client has this state already.
    case notModified
}

/// Evaluates `If-Match` and `If-None-Match` in the order of RFC 9110, 13.2.2.
///
/// - `current`: The tag of the resource's state, or nil when the resource does not exist.
/// - Throws: 412 when the resource is not in the state that the request asks for, and 400 for a field that
///   is not a list of tags.
public func conditional(_ request: Request, current: EntityTag?) throws(Problem) -> Precondition {
    if let field = request.fields[.ifMatch] {
        // The comparison is strong: a weak tag matches nothing.
        let matches = try tags(field, of: .ifMatch).map { tags in
            tags.contains { !$0.isWeak && current?.isWeak == false && $0.uncoded == current?.uncoded }
        }
        guard matches ?? (current != nil) else {
            throw Problem(
                .preconditionFailed,
                current.map { "If-Match names another state than the current one, \($0)." }
                    ?? "If-Match needs a resource that exists, and this one does not.")
        }
    }
    guard let field = request.fields[.ifNoneMatch] else { return .proceed }
    let matches = try tags(field, of: .ifNoneMatch).map { tags in
        tags.contains { $0.uncoded == current?.uncoded }
    }
    guard matches ?? (current != nil) else { return .proceed }
    if request.method == .get || request.method == .head { return .notModified }
    throw Problem(.preconditionFailed, "If-None-Match names the current state, so the request is not done.")
}

/// The tags of a precondition field, or nil for `*`.
private func tags(_ field: String, of name: HTTPField.Name) throws(Problem) -> [EntityTag]? {
    if field == "*" { return nil }
    guard let tags = EntityTag.list(field), !tags.isEmpty else {
        throw Problem(.malformed, "\(name) is neither * nor a list of quoted entity tags.")
    }
    return tags
}

extension Response {
    /// 304: what the client has is what there is.
    public static func notModified(_ tag: EntityTag, fields: HTTPFields = [:]) -> Response {
        var response = Response(status: .notModified, fields: fields)
        response.fields[.eTag] = tag.description
        return response
    }
}
