import Protocol

/// The content of the current request: read when its handler asks, and otherwise skipped.
extension HTTPSession {
    /// The most bytes that are read and thrown away to keep a connection.
    private static let skipLimit = 64 << 10
    private static let second: UInt64 = 1_000_000_000

    /// A content that has arrived whole with its head: its handler need not come back for it. Nil for others.
    func arrivedContent(_ length: Int?) throws(Problem) -> RequestBody? {
        guard let content, let length, length > 0, length <= input.count, content.inflater == nil,
            content.unknownCoding == nil, !content.awaitsContinue
        else { return nil }
        return RequestBody(try self.content?.decoder.decode(&input) ?? [])
    }

    /// The next piece of a request's content, or nil behind its end.
    func readContent(of number: Int) async throws(Problem) -> [UInt8]? {
        guard let content, content.number == number, !content.isReading else {
            throw Problem(.internalError, "The content of a request is read once, before it is answered.")
        }
        if let coding = content.unknownCoding {
            throw Problem(.unsupportedMediaType, "The only Content-Encoding taken is gzip, not \(coding).")
        }
        if let failure = content.failure { throw failure }
        self.content?.isReading = true
        defer { self.content?.isReading = false }
        do throws(Problem) {
            return try await nextPiece()
        } catch {
            self.content?.failure = error
            throw error
        }
    }

    private func nextPiece() async throws(Problem) -> [UInt8]? {
        if content?.awaitsContinue == true {
            content?.awaitsContinue = false
            // Whether it arrives shows when the content does.
            try? await connection.write(
                Array("HTTP/1.1 100 Continue\r\n\r\n".utf8), within: context.configuration.writeTimeout)
        }
        while let content {
            if let piece = try content.inflater?.next() {
                let count = content.inflatedCount + piece.count
                guard count <= context.configuration.inflatedLimit else {
                    throw RequestBody.tooLarge(limit: context.configuration.inflatedLimit)
                }
                self.content?.inflatedCount = count
                return piece
            }
            guard !content.decoder.isComplete else {
                if let inflater = content.inflater, !inflater.isComplete {
                    throw Problem(.malformed, "The content ends before its gzip stream does.")
                }
                return nil
            }
            let bytes = try await receiveContent(until: .max)
            guard let inflater = content.inflater else {
                if bytes.isEmpty { continue }
                return bytes
            }
            inflater.supply(bytes)
        }
        return nil
    }

    /// What arrives next of the content, with its framing taken off; empty when that was framing alone.
    private func receiveContent(until deadline: UInt64) async throws(Problem) -> [UInt8] {
        if input.isEmpty {
            let began = Connection.now()
            let patience = content?.patience ?? 0
            let arrival = await connection.read(until: min(deadline, began &+ patience))
            switch arrival {
            case .bytes(let bytes):
                input = bytes[...]
                spendPatience(Connection.now() &- began, for: bytes.count)
            case .timedOut:
                throw Problem(
                    .timeout,
                    "The content arrives with less than \(context.configuration.minimumContentRate) bytes/s.")
            case .end, .gone: throw Problem(.malformed, "The connection ended before the content did.")
            }
        }
        return try content?.decoder.decode(&input) ?? []
    }

    /// Waiting uses patience up, and bytes bring it back, so that a pause is forgiven and a trickle is not.
    private func spendPatience(_ waited: UInt64, for count: Int) {
        guard let patience = content?.patience else { return }
        let rate = UInt64(max(1, context.configuration.minimumContentRate))
        let earned = UInt64(count) &* Self.second / rate
        let most = 3 &* context.configuration.contentGrace.nanoseconds
        content?.patience = min(most, patience - min(patience, waited) + earned)
    }

    /// Looks, before the answer is sent, at a content that the handler has not read to its end, and says
    /// whether the connection can be kept.
    ///
    /// Broken chunks are an error of the request whatever its handler does, so that a short chunked content
    /// is read before the answer.
    func settleContent() async -> Bool {
        guard let content else { return false }
        if content.failure != nil || content.isReading { return false }
        if content.decoder.isComplete { return true }
        if content.awaitsContinue { return false }
        if let rest = content.decoder.rest { return rest <= Self.skipLimit }
        let deadline = Connection.now() &+ Self.second
        var skipped = 0
        while self.content?.decoder.isComplete == false, skipped <= Self.skipLimit {
            do throws(Problem) {
                skipped += try await receiveContent(until: deadline).count
            } catch {
                if error.kind != .timeout { self.content?.failure = error }
                return false
            }
        }
        return self.content?.decoder.isComplete == true
    }

    /// Reads what is left of the content behind the answer, and says whether that could be done.
    func skipContent() async -> Bool {
        while content?.decoder.isComplete == false {
            do throws(Problem) {
                _ = try await receiveContent(until: .max)
            } catch {
                return false
            }
        }
        return true
    }
}
