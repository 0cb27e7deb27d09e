import COpenSSL

/// One side of a TLS connection: ciphertext in, plaintext out, and the other way. It does no I/O: OpenSSL reads and
/// writes in memory.
///
/// Not thread-safe: belongs to its connection. `@unchecked Sendable` so that it can be handed over once,
/// when the connection is made.
final class TLSSession: @unchecked Sendable {
    /// TLS could not go on: not a TLS client, or a broken or forged record.
    struct Failure: Error {}

    private let session: OpaquePointer
    private let received: OpaquePointer
    private let produced: OpaquePointer

    /// Whether the other side has said that it sends no more.
    private(set) var isEnded = false

    /// A session of either side.
    /// - Parameter host: The name or address that the other side's certificate must have; nil on the server's side.
    init?(_ context: OpaquePointer, connectingTo host: String? = nil) {
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
        guard let host else {
            SSL_set_accept_state(session)
            return
        }
        SSL_set_connect_state(session)
        guard expect(host) else { return nil }
    }

    deinit { SSL_free(session) }

    /// Has OpenSSL hold the certificate against a name, or against an address, which no server name indication has.
    private func expect(_ host: String) -> Bool {
        if X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host) == 1 { return true }
        ERR_clear_error()
        let isTold = host.withCString { name in
            SSL_ctrl(
                session, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name),
                UnsafeMutableRawPointer(mutating: name))
        }
        return isTold == 1 && SSL_set1_host(session, host) == 1
    }

    /// Goes on with the handshake, as far as the ciphertext that has been taken leads.
    /// - Returns: Whether it is done, or why it cannot be.
    func shakeHands() -> (isDone: Bool, failure: String?) {
        ERR_clear_error()
        let status = SSL_do_handshake(session)
        if status == 1 { return (true, nil) }
        switch SSL_get_error(session, status) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return (false, nil)
        default:
            let verdict = SSL_get_verify_result(session)
            guard verdict != Int(X509_V_OK) else { return (false, "TLS fails: \(TLSContext.lastError())") }
            let reason = String(cString: X509_verify_cert_error_string(verdict))
            return (false, "the certificate is not trusted: \(reason)")
        }
    }

    /// Takes ciphertext of the handshake.
    func take(_ ciphertext: [UInt8]) {
        _ = BIO_write(received, ciphertext, Int32(clamping: ciphertext.count))
    }

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

    /// Says to the other side that nothing more is sent.
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
