import COpenSSL

/// A certificate with its key, ready to serve TLS 1.2 and 1.3 with.
///
/// `@unchecked Sendable`: OpenSSL counts references to a context atomically, and it is not changed after
/// `init`.
final class TLSContext: @unchecked Sendable {
    private let context: OpaquePointer

    /// Loads PEM files: the certificate with the chain behind it, and its private key.
    init(certificate: String, key: String) throws(ServerStartError) {
        guard let context = SSL_CTX_new(TLS_server_method()) else {
            throw ServerStartError("TLS is not available: \(Self.lastError())")
        }
        self.context = context
        _ = SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        // What TLS 1.2 is held to: a key of each session's own, and authenticated encryption. TLS 1.3 has nothing else.
        guard SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 else {
            throw ServerStartError("TLS has none of the ciphers wanted: \(Self.lastError())")
        }
        // A client comes back with its ticket, and is spared a handshake.
        let name = Array("fitd".utf8)
        SSL_CTX_set_session_id_context(context, name, UInt32(name.count))
        // SSL_MODE_RELEASE_BUFFERS: an idle connection holds no buffers.
        _ = SSL_CTX_ctrl(context, SSL_CTRL_MODE, 0x10, nil)
        // SSL_OP_NO_RENEGOTIATION, whose macro Swift does not import.
        SSL_CTX_set_options(context, 1 << 30)
        SSL_CTX_set_alpn_select_cb(context, selectHTTP1, nil)
        ERR_clear_error()
        guard SSL_CTX_use_certificate_chain_file(context, certificate) == 1 else {
            throw ServerStartError("The certificate \(certificate) cannot be used: \(Self.lastError())")
        }
        guard SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1,
            SSL_CTX_check_private_key(context) == 1
        else { throw ServerStartError("The key \(key) cannot be used: \(Self.lastError())") }
    }

    deinit { SSL_CTX_free(context) }

    /// A session for one connection; nil when memory is short.
    func makeSession() -> TLSSession? { TLSSession(context) }

    /// OpenSSL's word on what has just failed on this thread.
    static func lastError() -> String {
        var text = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(ERR_get_error(), &text, text.count)
        let characters = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: characters, as: UTF8.self)
    }
}

/// Chooses HTTP/1.1 of what the client offers by ALPN (RFC 7301), or nothing when that is not offered.
private func selectHTTP1(
    _ session: OpaquePointer?, _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ chosenLength: UnsafeMutablePointer<UInt8>?, _ offered: UnsafePointer<UInt8>?, _ offeredLength: UInt32,
    _ context: UnsafeMutableRawPointer?
) -> Int32 {
    guard let offered, let chosen, let chosenLength else { return SSL_TLSEXT_ERR_NOACK }
    let names = UnsafeBufferPointer(start: offered, count: Int(offeredLength))
    var index = 0
    while index < names.count {
        let name = names[(index + 1)...].prefix(Int(names[index]))
        if name.elementsEqual("http/1.1".utf8) {
            chosen.pointee = offered + index + 1
            chosenLength.pointee = names[index]
            return SSL_TLSEXT_ERR_OK
        }
        index += 1 + Int(names[index])
    }
    return SSL_TLSEXT_ERR_NOACK
}
