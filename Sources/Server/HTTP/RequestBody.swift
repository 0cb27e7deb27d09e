import Protocol
import Synchronization

/// A request's content as a sequence of chunks, each read from the socket when it is asked for: a reader
/// that is slow slows the sender, and a content of any size uses a fixed amount of memory.
///
/// Transfer and content codings (`chunked`, `gzip`) are taken off. There is one content and one reader: a
/// second pass goes on where the first stopped. Throws 400 when the framing or the gzip stream is broken or
/// the connection ends early, 408 when the sender is too slow, 413 past the server's limit, and 415 for a
/// content coding other than gzip.
public final class RequestBody: Sendable, AsyncSequence {
    /// Bytes, never empty.
    public typealias Element = [UInt8]
    /// What reading throws.
    public typealias Failure = Problem

    /// The `Content-Length`: bytes on the wire, before a content coding is taken off. Nil when not given.
    public let contentLength: Int?
    private let read: @Sendable () async throws(Problem) -> [UInt8]?

    /// A content that `read` delivers; nil ends it.
    init(contentLength: Int?, read: @escaping @Sendable () async throws(Problem) -> [UInt8]?) {
        self.contentLength = contentLength
        self.read = read
    }

    /// A content that is at hand.
    public convenience init(_ bytes: [UInt8] = []) {
        let rest = Mutex<[UInt8]?>(bytes.isEmpty ? nil : bytes)
        self.init(contentLength: bytes.count) { () throws(Problem) in
            rest.withLock { rest in
                defer { rest = nil }
                return rest
            }
        }
    }

    /// The next chunk, or nil behind the last.
    public func next() async throws(Problem) -> [UInt8]? {
        while let chunk = try await read() {
            if !chunk.isEmpty { return chunk }
        }
        return nil
    }

    /// The whole content; 413 when it is longer than `limit` bytes, known before it is read where possible.
    public func collect(upTo limit: Int) async throws(Problem) -> [UInt8] {
        try await collect(upTo: limit, in: nil)
    }

    /// The same, 503 when the memory there is for it does not suffice.
    func collect(upTo limit: Int, in memory: RequestMemory.Share?) async throws(Problem) -> [UInt8] {
        guard (contentLength ?? 0) <= limit else { throw Self.tooLarge(limit: limit) }
        try memory?.check(contentLength ?? 0)
        var bytes: [UInt8] = []
        while let chunk = try await next() {
            guard chunk.count <= limit - bytes.count else { throw Self.tooLarge(limit: limit) }
            try memory?.take(chunk.count)
            if bytes.isEmpty { bytes = chunk } else { bytes += chunk }
        }
        return bytes
    }

    /// The chunks, in their order.
    public func makeAsyncIterator() -> Iterator { Iterator(body: self) }

    /// Reads chunk after chunk.
    public struct Iterator: AsyncIteratorProtocol {
        let body: RequestBody

        /// The next chunk, or nil behind the last.
        public func next() async throws(Problem) -> [UInt8]? { try await body.next() }

        /// The next chunk, or nil behind the last.
        public func next(isolation actor: isolated (any Actor)?) async throws(Problem) -> [UInt8]? {
            try await body.next()
        }
    }

    static func tooLarge(limit: Int) -> Problem {
        Problem(.contentTooLarge, "The content is longer than \(limit) bytes, which is the most taken here.")
    }
}
