import COpenSSL
import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// A TLS 1.3 client that changes its keys again and again, and reads nothing of what the server says meanwhile.
///
/// `@unchecked Sendable`: one thread at a time uses it.
final class KeyUpdates: @unchecked Sendable {
    private let client: TestClient
    private let context: OpaquePointer
    private let session: OpaquePointer
    private let received = BIO_new(BIO_s_mem())
    private let produced = BIO_new(BIO_s_mem())

    /// Shakes hands.
    init(_ client: TestClient) throws {
        guard let context = SSL_CTX_new(TLS_client_method()), let session = SSL_new(context) else {
            throw TestClient.Failure(description: "OpenSSL")
        }
        (self.client, self.context, self.session) = (client, context, session)
        SSL_set_bio(session, received, produced)
        SSL_set_connect_state(session)
        while SSL_do_handshake(session) != 1 {
            client.send(taken())
            var bytes = [UInt8](repeating: 0, count: 1 << 14)
            let count = recv(client.descriptor, &bytes, bytes.count, 0)
            guard count > 0 else { throw TestClient.Failure(description: "handshake: \(errno)") }
            BIO_write(received, bytes, Int32(count))
        }
        client.send(taken())
    }

    deinit {
        SSL_free(session)
        SSL_CTX_free(context)
    }

    /// The next updates, encrypted.
    /// - Parameter asksBack: Whether each asks the server to change its keys too, which it says it does.
    func updates(_ count: Int, asksBack: Bool) -> [UInt8] {
        for _ in 0..<count {
            SSL_key_update(session, asksBack ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED)
            SSL_do_handshake(session)
        }
        return taken()
    }

    /// The next bytes of a content, encrypted.
    func content(_ text: String) -> [UInt8] {
        SSL_write(session, text, Int32(text.utf8.count))
        return taken()
    }

    /// Sends bytes as they are, and says whether the server took them.
    func send(_ bytes: [UInt8]) -> Bool { client.send(bytes) }

    /// The next bytes that the server sends, decrypted; empty at their end.
    func receive() -> [UInt8] {
        var plaintext = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = SSL_read(session, &plaintext, Int32(plaintext.count))
            if count > 0 { return Array(plaintext.prefix(Int(count))) }
            guard let bytes = try? client.receive() else { return [] }
            BIO_write(received, bytes, Int32(bytes.count))
        }
    }

    private func taken() -> [UInt8] {
        let count = BIO_ctrl_pending(produced)
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = count > 0 ? Int(BIO_read(produced, buffer.baseAddress, Int32(count))) : 0
        }
    }
}
