import COpenSSL

/// Who is trusted when another server is connected to: TLS 1.2 and 1.3.
///
/// `@unchecked Sendable`: OpenSSL counts references to a context atomically, and it is not changed after `init`.
package final class TLSClientContext: @unchecked Sendable {
    private let context: OpaquePointer

    /// Trusts the certificate authorities of a PEM file, or those of the system.
    /// - Parameter authorities: The file's path; nil for the system's.
    package init(authorities: String? = nil) throws(OutgoingConnection.Failure) {
        guard let context = SSL_CTX_new(TLS_client_method()) else {
            throw OutgoingConnection.Failure(reason: "TLS is not available")
        }
        self.context = context
        _ = SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        ERR_clear_error()
        guard let authorities else {
            SSL_CTX_set_default_verify_paths(context)
            return
        }
        guard SSL_CTX_load_verify_locations(context, authorities, nil) == 1 else {
            throw OutgoingConnection.Failure(
                reason: "the authorities \(authorities) cannot be read: \(TLSContext.lastError())")
        }
    }

    deinit { SSL_CTX_free(context) }

    /// A session that holds the other side's certificate against a name or an address; nil when memory is short.
    func makeSession(host: String) -> TLSSession? { TLSSession(context, connectingTo: host) }
}
