import HTTPTypes

extension Response {
    /// The shortest content that is worth compressing: below, it saves no packet.
    private static let worthwhile = 1 << 10

    /// Whether another coding of this content is offered to those who accept it.
    private var isCompressible: Bool {
        switch body {
        case .bytes(let bytes): guard bytes.count >= Self.worthwhile else { return false }
        case .stream: break
        case .none, .file: return false
        }
        guard status != .partialContent, fields[.contentEncoding] == nil, fields[.contentRange] == nil,
            let type = fields[.contentType].flatMap({ MediaType(parsing: $0) })
        else { return false }
        return type.type == "text" || type.subtype.hasSuffix("json") || type.subtype.hasSuffix("xml")
            || ["javascript", "yaml", "x-yaml"].contains(type.subtype)
    }

    /// The answer to a client whose `Accept-Encoding` is given: compressed where that pays. What depends on
    /// the field says so in `Vary`.
    func coded(for acceptEncoding: String?) -> Response {
        guard isCompressible else { return self }
        var response = self
        let vary = fields[.vary]
        response.fields[.vary] = vary.map { "\($0), Accept-Encoding" } ?? "Accept-Encoding"
        guard acceptsGzip(acceptEncoding) else { return response }
        switch body {
        case .bytes(let bytes):
            guard let compressed = GzipDeflater(isLongLived: false)?.finish(bytes),
                compressed.count < bytes.count
            else { return response }
            response.body = .bytes(compressed)
        case .stream(let write):
            response.body = .stream(Self.compressing(write))
        case .none, .file: return response
        }
        response.fields[.contentEncoding] = "gzip"
        if let tag = fields[.eTag].flatMap({ EntityTag(parsing: $0) }) {
            response.fields[.eTag] =
                EntityTag(tag.value + EntityTag.gzipSuffix, weak: tag.isWeak).description
        }
        return response
    }

    /// A stream whose every write is compressed, and can be inflated when it arrives.
    private static func compressing(
        _ write: @escaping @Sendable (ResponseWriter) async throws -> Void
    ) -> @Sendable (ResponseWriter) async throws -> Void {
        { writer in
            guard let stream = CompressedStream(writer) else { throw ClientGone() }
            try await write(
                ResponseWriter(write: { try await stream.write($0) }, isClosed: { writer.isClosed }))
            try await stream.finish()
        }
    }
}

/// Compresses what is written to a stream, one write after the other.
private actor CompressedStream {
    private let deflater: GzipDeflater
    private let writer: ResponseWriter

    init?(_ writer: ResponseWriter) {
        guard let deflater = GzipDeflater(isLongLived: true) else { return nil }
        self.deflater = deflater
        self.writer = writer
    }

    func write(_ bytes: [UInt8]) async throws { try await writer.write(deflater.compress(bytes)) }

    func finish() async throws { try await writer.write(deflater.finish()) }
}
