import COpenSSL
import Foundation
import Protocol

/// Who may ask: a name, what it may do and until when. Of the secret itself only the digest is kept.
public struct Token: Sendable, Hashable {
    /// What logs and lists call it.
    public let name: String
    /// What it lets its holder do.
    public let scope: Scope
    /// When it was made, where that is known.
    public let createdAt: Timestamp?
    /// From when on it is refused; nil for never.
    public let expiresAt: Timestamp?
    /// The SHA-256 of the secret, in hexadecimal.
    let digest: String

    /// Whether it is refused by now.
    public func isExpired(at time: Timestamp = .now) -> Bool {
        expiresAt.map { $0 <= time } ?? false
    }

    /// 256 random bits, which no dictionary holds: one round of SHA-256 hides them.
    static func makeSecret() throws(TokenFileError) -> String {
        var bytes = [UInt8](repeating: 0, count: 32)
        guard RAND_bytes(&bytes, 32) == 1 else {
            throw TokenFileError("OpenSSL has no random numbers now.")
        }
        let text = Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
        return "fitd_" + text.replacing("=", with: "")
    }

    static func digest(_ secret: String) -> String {
        let hash = SHA256()
        hash.update(Array(secret.utf8))
        return hash.finalize()
    }

    /// As the operator sees it.
    var json: JSONValue {
        [
            "name": .string(name), "scope": .string(scope.rawValue),
            "created_at": createdAt.map { .string($0.description) } ?? .null,
            "expires_at": expiresAt.map { .string($0.description) } ?? .null,
        ]
    }
}

extension [Token] {
    /// The token of a secret. Looks at every byte of every digest, so that the time says nothing about how near
    /// a guess is.
    func token(of secret: String) -> Token? {
        let given = Array<UInt8>(Token.digest(secret).utf8)
        var found: Token?
        for token in self {
            let difference = zip(token.digest.utf8, given).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
            if difference == 0 { found = token }
        }
        return found
    }
}
