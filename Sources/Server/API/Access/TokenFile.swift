import Foundation
import Protocol

/// The tokens with which a server may be used (RFC 6750), as a file keeps them: a token a line, as its name, scope,
/// digest, and the times at which it was made and expires.
///
///     ci train sha256:9f86…0a08 created=2026-01-02T03:04:05.678Z expires=2026-04-02T03:04:05.678Z
///
/// A line of one word is a token as it is; it may do everything, and its digest takes its place when the file is
/// written next.
public struct TokenFile: Sendable {
    private enum Line: Sendable {
        case text(String)
        case token(Token)
    }

    private var lines: [Line] = []
    /// Whether a token stands in the file as it is.
    public private(set) var hasPlainTokens = false

    /// A file of no tokens.
    public init() {}

    /// Reads a file.
    public init(path: String) throws {
        do {
            try self.init(String(contentsOfFile: path, encoding: .utf8))
        } catch let error as TokenFileError {
            throw TokenFileError("\(path): \(error.description)")
        } catch {
            throw TokenFileError("\(path) cannot be read.")
        }
    }

    /// Reads the text of a file; empty lines and those that begin with `#` say nothing.
    public init(_ text: String) throws(TokenFileError) {
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .enumerated()
        {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
            guard let first = words.first, !first.hasPrefix("#") else {
                lines.append(.text(String(line)))
                continue
            }
            let token = words.count == 1 ? Self.plain(first, line: index + 1) : Self.token(words)
            guard let token else { throw TokenFileError("line \(index + 1) is no token.") }
            guard !tokens.contains(where: { $0.name == token.name }) else {
                throw TokenFileError("two tokens are named \(token.name).")
            }
            hasPlainTokens = hasPlainTokens || words.count == 1
            lines.append(.token(token))
        }
        while case .text("") = lines.last { lines.removeLast() }
    }

    /// The tokens, in the order of the file.
    public var tokens: [Token] {
        lines.compactMap { if case .token(let token) = $0 { token } else { nil } }
    }

    /// Adds a token.
    /// - Returns: The secret, which is nowhere else.
    public mutating func create(
        name: String, scope: Scope, expiresAt: Timestamp?
    ) throws(TokenFileError) -> String {
        guard Name.isValid(name) else {
            throw TokenFileError(
                "A token's name is 1 to 128 letters, digits, '.', '_' or '-', the first a letter or digit.")
        }
        guard !tokens.contains(where: { $0.name == name }) else {
            throw TokenFileError("There is a token named \(name) already; revoke it first.")
        }
        let secret = try Token.makeSecret()
        lines.append(
            .token(
                Token(
                    name: name, scope: scope, createdAt: .now, expiresAt: expiresAt,
                    digest: Token.digest(secret))))
        return secret
    }

    /// Takes a token out.
    public mutating func revoke(_ name: String) throws(TokenFileError) {
        let index = lines.firstIndex { if case .token(let token) = $0 { token.name == name } else { false } }
        guard let index else { throw TokenFileError("There is no token named \(name).") }
        lines.remove(at: index)
    }

    /// The text of the file, in which no token stands as it is.
    public var text: String {
        lines.map { line in
            switch line {
            case .text(let text): return text
            case .token(let token):
                var words = [token.name, token.scope.rawValue, "sha256:\(token.digest)"]
                if let time = token.createdAt { words.append("created=\(time)") }
                if let time = token.expiresAt { words.append("expires=\(time)") }
                return words.joined(separator: " ")
            }
        }.joined(separator: "\n") + "\n"
    }

    /// Puts a new file in place of the old one, for its owner's eyes alone.
    public func write(to path: String) throws {
        let temporary = "\(path).\(ULID())"
        let descriptor = try Files.open(temporary, O_WRONLY | O_CREAT | O_EXCL)
        do {
            defer { close(descriptor) }
            try Array(text.utf8).withUnsafeBytes { try Files.write($0, to: descriptor) }
            try Files.sync(descriptor)
            try Files.rename(temporary, path)
        } catch {
            unlink(temporary)
            throw error
        }
    }

    private static func plain(_ secret: String, line: Int) -> Token {
        Token(
            name: "line-\(line)", scope: .admin, createdAt: nil, expiresAt: nil,
            digest: Token.digest(secret))
    }

    private static func token(_ words: [String]) -> Token? {
        guard words.count >= 3, Name.isValid(words[0]), let scope = Scope(rawValue: words[1]),
            words[2].hasPrefix("sha256:")
        else { return nil }
        let digest = words[2].dropFirst(7).lowercased()
        guard digest.utf8.count == 64, digest.allSatisfy(\.isHexDigit) else { return nil }
        var times: [String: Timestamp] = [:]
        for word in words.dropFirst(3) {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, ["created", "expires"].contains(parts[0]),
                let time = Timestamp(parsing: parts[1])
            else { return nil }
            times[parts[0]] = time
        }
        return Token(
            name: words[0], scope: scope, createdAt: times["created"], expiresAt: times["expires"],
            digest: digest)
    }
}

/// What is wrong with a token file, for the operator.
public struct TokenFileError: Error, CustomStringConvertible {
    /// What is wrong, and what to do.
    public let description: String

    init(_ description: String) { self.description = description }
}
