/// Where a streamed response's bytes go.
public struct ResponseWriter: Sendable {
    private let send: @Sendable ([UInt8]) async throws -> Void
    private let closed: @Sendable () -> Bool

    /// A writer onto something else than a socket, as in a test.
    public init(
        write: @escaping @Sendable ([UInt8]) async throws -> Void,
        isClosed: @escaping @Sendable () -> Bool = { false }
    ) {
        send = write
        closed = isClosed
    }

    /// Writes bytes, and returns when the operating system has taken them: a client that reads slowly slows
    /// its writer. Each write reaches the client as soon as the network allows, compressed or not. Throws
    /// ``ClientGone`` when nobody reads any more.
    public func write(_ bytes: [UInt8]) async throws {
        if !bytes.isEmpty { try await send(bytes) }
    }

    /// Writes text as UTF-8.
    public func write(_ text: String) async throws { try await write(Array(text.utf8)) }

    /// Whether the client has gone, as far as is known: a client that vanished is noticed at a write.
    public var isClosed: Bool { closed() }
}

/// The client has closed the connection, or takes nothing any more.
public struct ClientGone: Error {}
