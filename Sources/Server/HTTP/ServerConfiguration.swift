/// How the server listens, and what it takes from a client.
public struct ServerConfiguration: Sendable {
    /// The address or name to listen on.
    public var host = "127.0.0.1"
    /// The port; 0 takes a free one.
    public var port = 8080
    /// PEM files of the certificate chain and its private key; nil serves plain HTTP.
    public var tls: (certificate: String, key: String)?
    /// Connections at one time; more wait in the operating system's queue. Lowered when the process may not
    /// open as many descriptors.
    public var connectionLimit = 1024
    /// Limits of a request's head.
    public var headLimits = HeadLimits()
    /// The longest content in bytes, on the wire.
    public var contentLimit = 64 << 30
    /// The longest content in bytes, with its content coding taken off.
    public var inflatedLimit = 64 << 30
    /// How long a request's head may take.
    public var headTimeout = Duration.seconds(10)
    /// How long a connection may wait for its next request.
    public var idleTimeout = Duration.seconds(75)
    /// How long a client may take nothing of an answer.
    public var writeTimeout = Duration.seconds(300)
    /// Bytes a second that a content has to arrive with, on average, when the server waits for it.
    public var minimumContentRate = 500
    /// How long a content may fall short of `minimumContentRate`.
    public var contentGrace = Duration.seconds(20)

    /// The defaults: plain HTTP on 127.0.0.1:8080.
    public init() {}
}

/// The most that a request's head may be (RFC 9112 leaves the limits to the server).
public struct HeadLimits: Sendable, Hashable {
    /// Bytes of the target; a longer one is 414.
    public var target = 8 << 10
    /// Bytes of one field's line, without its end; a longer one is 431.
    public var field = 8 << 10
    /// Bytes of all field lines; more is 431.
    public var fields = 32 << 10
    /// The number of fields; more is 431.
    public var fieldCount = 100

    /// The defaults.
    public init() {}
}

extension ServerConfiguration {
    /// Whether a host is this machine alone.
    public static func isLoopback(_ host: String) -> Bool {
        let name = host.lowercased()
        return ["localhost", "::1"].contains(name) || name.hasPrefix("127.")
    }
}
