import HTTPTypes
import Protocol

/// One request, as a handler sees it.
public struct Request: Sendable {
    /// The server's name for the request, also sent as `X-Request-Id`; sorts by time.
    public let id: String
    /// Method, target and fields. The `Host` is in `head.authority`.
    public let head: HTTPRequest
    /// The segments of the target's path, percent-decoded: `/v1/models/a%20b` is `["v1", "models", "a b"]`.
    public let path: [String]
    /// The query's parameters in their order, decoded as forms are (`+` is a space).
    public let query: [(name: String, value: String)]
    /// Who asks.
    public let remoteAddress: SocketAddress
    /// What the router read from the path: `{name}` under `name`.
    public internal(set) var parameters: [String: String] = [:]
    /// The pattern that the router matched: `/v1/models/{name}`.
    public internal(set) var pattern: String?
    /// The token that it came with, where the server wants one.
    public internal(set) var token: Token?
    /// What its content takes of the memory that there is for all.
    var memory: RequestMemory.Share?
    /// The content, decoded from its transfer and content codings.
    public let body: RequestBody

    /// The method.
    public var method: HTTPRequest.Method { head.method }
    /// The header fields.
    public var fields: HTTPFields { head.headerFields }

    /// A request; 400 when the target's percent-encoding is broken or is not UTF-8.
    public init(
        id: String = ULID().description, head: HTTPRequest,
        remoteAddress: SocketAddress = SocketAddress(host: "127.0.0.1", port: 0),
        body: RequestBody = RequestBody()
    ) throws(Problem) {
        self.id = id
        self.head = head
        self.remoteAddress = remoteAddress
        self.body = body
        let target = RequestTarget(head.path ?? "/")
        path = try target.segments()
        query = try target.parameters()
    }

    /// The value of a query parameter; the first, when it is given more than once.
    public func queryValue(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }
}
