import HTTPTypes

/// What one request came to, for counting.
public struct RequestMetrics: Sendable {
    /// The method.
    public let method: HTTPRequest.Method
    /// The route's pattern, which unlike the path takes few values; nil when none matched.
    public let pattern: String?
    /// The status that was sent.
    public let status: Int
    /// Bytes of content sent, as they went over the wire.
    public let bytes: Int
    /// From the end of the head to the end of the answer.
    public let duration: Duration
}

/// Is told of each request when its answer is done.
public typealias RequestObserver = @Sendable (RequestMetrics) -> Void
