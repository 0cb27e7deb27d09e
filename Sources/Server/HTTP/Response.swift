import HTTPTypes
import Protocol

/// What a handler answers.
///
/// The server adds `Date`, `X-Request-Id`, the framing fields and, where it pays, a gzip coding; for a
/// `HEAD` it leaves the content out.
public struct Response: Sendable {
    /// The status.
    public var status: HTTPResponse.Status
    /// The header fields.
    public var fields: HTTPFields
    /// The content.
    public var body: ResponseBody
    /// What the content takes of memory; given back when it has been sent.
    var memory: RequestMemory.Share?

    /// A response from its parts.
    public init(status: HTTPResponse.Status = .ok, fields: HTTPFields = [:], body: ResponseBody = .none) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}

/// The content of a response.
public enum ResponseBody: Sendable {
    /// No content.
    case none
    /// Content at hand.
    case bytes([UInt8])
    /// `count` bytes of a file, from `offset`.
    case file(path: String, offset: Int, count: Int)
    /// Content of a length that is not known: the closure writes it, and its return ends it. Its task is
    /// cancelled when the client goes and when the server stops; it may write a last word before it returns.
    case stream(@Sendable (ResponseWriter) async throws -> Void)
}

extension Response {
    /// A JSON document.
    public static func json(
        _ value: JSONValue, status: HTTPResponse.Status = .ok, fields: HTTPFields = [:]
    ) -> Response {
        bytes(value.encoded(), contentType: "application/json", status: status, fields: fields)
    }

    /// A problem document (RFC 9457) with the problem's status.
    public static func problem(_ problem: Problem, fields: HTTPFields = [:]) -> Response {
        bytes(
            problem.json.encoded(), contentType: "application/problem+json",
            status: HTTPResponse.Status(code: problem.kind.status, reasonPhrase: problem.kind.title),
            fields: fields)
    }

    /// Text in UTF-8; `contentType` is given without its charset.
    public static func text(
        _ text: String, contentType: String = "text/plain", status: HTTPResponse.Status = .ok,
        fields: HTTPFields = [:]
    ) -> Response {
        bytes(
            Array(text.utf8), contentType: "\(contentType); charset=utf-8", status: status, fields: fields)
    }

    /// Bytes of a media type.
    public static func bytes(
        _ bytes: [UInt8], contentType: String, status: HTTPResponse.Status = .ok, fields: HTTPFields = [:]
    ) -> Response {
        Response(status: status, contentType: contentType, fields: fields, body: .bytes(bytes))
    }

    /// `count` bytes of a file, from `offset`.
    public static func file(
        path: String, offset: Int = 0, count: Int, contentType: String, status: HTTPResponse.Status = .ok,
        fields: HTTPFields = [:]
    ) -> Response {
        Response(
            status: status, contentType: contentType, fields: fields,
            body: .file(path: path, offset: offset, count: count))
    }

    /// Content that is written as it comes to be.
    public static func stream(
        contentType: String, status: HTTPResponse.Status = .ok, fields: HTTPFields = [:],
        _ write: @escaping @Sendable (ResponseWriter) async throws -> Void
    ) -> Response {
        Response(status: status, contentType: contentType, fields: fields, body: .stream(write))
    }

    private init(
        status: HTTPResponse.Status, contentType: String, fields: HTTPFields, body: ResponseBody
    ) {
        self.init(status: status, fields: fields, body: body)
        if self.fields[.contentType] == nil { self.fields[.contentType] = contentType }
    }
}

/// A problem whose answer carries fields: `Allow`, `WWW-Authenticate`, `Retry-After`.
public struct ProblemResponse: Error, Sendable {
    /// What went wrong.
    public var problem: Problem
    /// The fields that go with it.
    public var fields: HTTPFields

    /// A problem with fields.
    public init(_ problem: Problem, fields: HTTPFields) {
        self.problem = problem
        self.fields = fields
    }
}
