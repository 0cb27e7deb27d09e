import COpenSSL

/// A SHA-256 digest (FIPS 180-4) of bytes that come in pieces.
public final class SHA256 {
    private let context: OpaquePointer

    /// The digest of no bytes yet.
    public init() {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            fatalError("OpenSSL has no SHA-256")  // safe: fails only without memory or with a broken library
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Takes in the next bytes.
    public func update(_ bytes: UnsafeRawBufferPointer) {
        EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    }

    /// Takes in the next bytes.
    public func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The digest of all bytes taken in, as 64 lowercase hexadecimal digits; afterwards the digest is of no
    /// bytes again.
    public func finalize() -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: finalizeBytes().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// The same as 32 bytes.
    public func finalizeBytes() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        EVP_DigestFinal_ex(context, &digest, nil)
        EVP_DigestInit_ex(context, EVP_sha256(), nil)
        return digest
    }
}
