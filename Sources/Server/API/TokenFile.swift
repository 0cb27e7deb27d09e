import Foundation
import HTTPTypes
import Protocol

/// The tokens with which a server may be used (RFC 6750), kept as digests.
public struct TokenFile: Sendable {
    private let digests: [[UInt8]]

    /// Reads tokens, one a line; empty lines and those that begin with `#` say nothing.
    /// - Throws: A ``StoreError``-like sentence for the operator when there is none.
    public init(path: String) throws {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try self.init(text, name: path)
    }

    /// Reads the text of a token file.
    public init(_ text: String, name: String = "the token file") throws {
        digests = text.split(whereSeparator: \.isNewline)
            .map { $0.trimmingBlanks() }
            .filter { !$0.isEmpty && !$0.hasPrefix("#") }
            .map { Self.digest(String($0)) }
        guard !digests.isEmpty else { throw TokenFileError(name: name) }
    }

    /// Lets requests pass that bring a token, and those that ask how the server is.
    var middleware: Middleware {
        { request, next in
            if ["/healthz", "/readyz"].contains(request.pattern) { return try await next(request) }
            guard let field = request.fields[.authorization] else {
                throw Self.refusal("Send Authorization: Bearer TOKEN.")
            }
            let parts = field.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer",
                isKnown(String(parts[1].trimmingBlanks()))
            else { throw Self.refusal("This token is not known here.") }
            return try await next(request)
        }
    }

    /// Looks at every byte of every digest, so that the time says nothing about how near a guess is.
    private func isKnown(_ token: String) -> Bool {
        let given = Self.digest(token)
        var found: UInt8 = 0
        for digest in digests {
            let difference = zip(digest, given).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
            found |= difference == 0 ? 1 : 0
        }
        return found == 1
    }

    private static func digest(_ token: String) -> [UInt8] {
        let hash = SHA256()
        hash.update(Array(token.utf8))
        return Array(hash.finalize().utf8)
    }

    private static func refusal(_ detail: String) -> ProblemResponse {
        ProblemResponse(Problem(.unauthorized, detail), fields: [.wwwAuthenticate: "Bearer"])
    }
}

/// A token file without tokens.
public struct TokenFileError: Error, CustomStringConvertible {
    let name: String
    /// What is wrong, and what to do.
    public var description: String { "\(name) has no token; write one a line." }
}
