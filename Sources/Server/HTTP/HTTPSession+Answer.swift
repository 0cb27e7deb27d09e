import HTTPTypes
import Protocol

/// How an answer goes over the wire.
extension HTTPSession {
    /// What has been sent.
    struct Sent {
        let status: Int
        /// Whether the client can tell where the answer ends; if not, the connection has to end with it.
        let isComplete: Bool
    }

    /// Sends an answer, and lowers `keepsAlive` when the connection has to end with it.
    func send(
        _ response: Response, to head: RequestHead, id: String, keepsAlive: inout Bool
    ) async -> Sent {
        var response = response
        var file: FileContent?
        if case .file(let path, let offset, let count) = response.body {
            do throws(Problem) {
                file = try FileContent(path: path, offset: offset, count: count)
            } catch {
                context.logger.error("A file to send is gone", metadata: ["id": "\(id)", "path": "\(path)"])
                response = .problem(error)
            }
        }
        keepsAlive = keepsAlive && head.keepsAlive && !isDraining
        if case .stream = response.body, head.isVersion10 { keepsAlive = false }
        let lines = encodeHead(
            status: response.status,
            fields: framed(response, head: head, id: id, keepsAlive: keepsAlive))
        let isBodiless = head.request.method == .head || response.status.hasNoContent
        do {
            try await send(
                lines, isBodiless ? .none : response.body, file: file, isChunked: !head.isVersion10)
            return Sent(status: response.status.code, isComplete: true)
        } catch {
            if !(error is ClientGone || error is CancellationError) {
                context.logger.error(
                    "A stream failed", metadata: ["id": "\(id)", "error": "\(String(reflecting: error))"])
            }
            // The client can tell by the missing end that the answer is not whole.
            await connection.close()
            return Sent(status: response.status.code, isComplete: false)
        }
    }

    private func framed(
        _ response: Response, head: RequestHead, id: String, keepsAlive: Bool
    ) -> HTTPFields {
        var fields = response.fields
        fields[.date] = DateField.now
        fields[.requestID] = id
        if !keepsAlive {
            fields[.connection] = "close"
        } else if head.isVersion10 {
            fields[.connection] = "keep-alive"
        }
        guard !response.status.hasNoContent else { return fields }
        switch response.body {
        case .none: fields[.contentLength] = "0"
        case .bytes(let bytes): fields[.contentLength] = "\(bytes.count)"
        case .file(_, _, let count): fields[.contentLength] = "\(count)"
        case .stream: if !head.isVersion10 { fields[.transferEncoding] = "chunked" }
        }
        return fields
    }

    private func send(
        _ lines: [UInt8], _ body: ResponseBody, file: FileContent?, isChunked: Bool
    ) async throws {
        let limit = context.configuration.writeTimeout
        switch body {
        case .none: try await connection.write(lines, within: limit)
        case .bytes(let bytes):
            if bytes.count <= 16 << 10 {
                try await connection.write(lines + bytes, within: limit)
            } else {
                try await connection.write(lines, within: limit)
                try await connection.write(bytes, within: limit)
            }
            sentCount = bytes.count
        case .file:
            try await connection.write(lines, within: limit)
            guard let file else { return }
            sentCount = try await withTaskExecutorPreference(context.handlers) {
                try await Self.send(file, to: connection, within: limit)
            }
        case .stream(let write):
            try await connection.write(lines, within: limit)
            phase = .streaming
            if isDraining { withUnsafeCurrentTask { $0?.cancel() } }
            let writer = ResponseWriter(
                write: { [self] bytes in try await sendPiece(bytes, isChunked: isChunked) },
                isClosed: { [connection] in connection.isClosed })
            try await withTaskExecutorPreference(context.handlers) { try await write(writer) }
            if isChunked { try await connection.write(Array("0\r\n\r\n".utf8), within: limit) }
        }
    }

    /// Reading a file may take its time, which is the handler's and not the connection's.
    @concurrent private static func send(
        _ file: FileContent, to connection: Connection, within limit: Duration
    ) async throws -> Int {
        var position = 0
        while position < file.count {
            let piece = try file.piece(at: position)
            try await connection.write(piece, within: limit)
            position += piece.count
        }
        return position
    }

    private func sendPiece(_ bytes: [UInt8], isChunked: Bool) async throws {
        sentCount += bytes.count
        let limit = context.configuration.writeTimeout
        guard isChunked else { return try await connection.write(bytes, within: limit) }
        let size = Array("\(String(bytes.count, radix: 16))\r\n".utf8)
        try await connection.write(size + bytes + [0x0D, 0x0A], within: limit)
    }
}

extension HTTPResponse.Status {
    /// Whether an answer of this status never has a content (RFC 9110, 6.4.1).
    fileprivate var hasNoContent: Bool { code == 204 || code == 304 || code < 200 }
}
