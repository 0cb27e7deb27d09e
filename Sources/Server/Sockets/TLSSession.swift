import COpenSSL

/// The server's side of one TLS connection: ciphertext in, plaintext out, and the other way. It does no I/O:
/// OpenSSL reads and writes in memory.
///
/// Not thread-safe: belongs to its connection. `@unchecked Sendable` so that it can be handed over once,
/// when the connection is made.
final class TLSSession: @unchecked Sendable {
    /// TLS could not go on: not a TLS client, or a broken or forged record.
    struct Failure: Error {}

    private let session: OpaquePointer
    private let received: OpaquePointer
    private let produced: OpaquePointer

    /// Whether the client has said that it sends no more.
    private(set) var isEnded = false

    init?(_ context: OpaquePointer) {
        guard let session = SSL_new(context) else { return nil }
        guard let received = BIO_new(BIO_s_mem()) else {
            SSL_free(session)
            return nil
        }
        guard let produced = BIO_new(BIO_s_mem()) else {
            BIO_free(received)
            SSL_free(session)
            return nil
        }
        (self.session, self.received, self.produced) = (session, received, produced)
        // The session owns both from here on.
        SSL_set_bio(session, received, produced)
        SSL_set_accept_state(session)
    }

    deinit { SSL_free(session) }

    /// Takes ciphertext, and returns the plaintext that is complete.
    func receive(_ ciphertext: [UInt8]) throws(Failure) -> [UInt8] {
        ERR_clear_error()
        guard BIO_write(received, ciphertext, Int32(clamping: ciphertext.count)) == ciphertext.count else {
            throw Failure()
        }
        var plaintext: [UInt8] = []
        var record = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = SSL_read(session, &record, Int32(record.count))
            guard count <= 0 else {
                plaintext += record.prefix(Int(count))
                continue
            }
            switch SSL_get_error(session, count) {
            case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return plaintext
            case SSL_ERROR_ZERO_RETURN:
                isEnded = true
                return plaintext
            default: throw Failure()
            }
        }
    }

    /// Takes plaintext; its ciphertext is in ``takeOutput()``.
    func send(_ plaintext: ArraySlice<UInt8>) {
        ERR_clear_error()
        _ = plaintext.withUnsafeBytes { SSL_write(session, $0.baseAddress, Int32(clamping: $0.count)) }
    }

    /// Says to the client that nothing more is sent.
    func close() {
        ERR_clear_error()
        SSL_shutdown(session)
    }

    /// The ciphertext that has to be sent.
    func takeOutput() -> [UInt8] {
        let count = BIO_ctrl_pending(produced)
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, Int(BIO_read(produced, buffer.baseAddress, Int32(clamping: count))))
        }
    }
}
