import HTTPTypes
import Logging
import Protocol
import Synchronization

/// Lets requests pass that bring a token with the scope that they need, as often as its rate allows.
public final class AccessControl: Sendable {
    private struct State {
        var tokens: [Token]
        var buckets: [String: TokenBucket] = [:]
    }

    private let path: String?
    /// Requests a second of one token; nil for any number.
    private let rate: Int?
    private let state: Mutex<State>

    /// What stays open to everybody: how the server is, and the pages that ask for a token.
    private static let open: Set = ["/healthz", "/readyz", "/", "/dashboard/{file}"]

    /// The tokens of a file, which ``reload()`` reads again.
    public convenience init(path: String, rate: Int? = nil) throws {
        try self.init(TokenFile(path: path), path: path, rate: rate)
    }

    /// The tokens of a file that has been read.
    /// - Throws: A ``TokenFileError`` when there is none: nobody could use the server.
    public init(_ file: TokenFile, path: String? = nil, rate: Int? = nil) throws(TokenFileError) {
        guard !file.tokens.isEmpty else {
            throw TokenFileError(
                "\(path ?? "The token file") has no token; make one with fitd token create --name NAME.")
        }
        self.path = path
        self.rate = rate
        state = Mutex(State(tokens: file.tokens))
    }

    /// Reads the file again; what is not in it any more is refused from now on. A file that cannot be read
    /// changes nothing.
    public func reload() throws {
        guard let path else { return }
        let tokens = try TokenFile(path: path).tokens
        state.withLock { $0.tokens = tokens }
    }

    /// The tokens as they are now.
    var tokens: [Token] { state.withLock { $0.tokens } }

    /// Refuses with 401, 403 and 429, which `audit` records, and fills in whose token it is.
    func middleware(_ audit: Audit) -> any Middleware { Gate(access: self, audit: audit) }

    private struct Gate: Middleware {
        let access: AccessControl
        let audit: Audit

        func admit(_ request: inout Request) throws {
            if let pattern = request.pattern, AccessControl.open.contains(pattern) { return }
            do throws(ProblemResponse) {
                request.token = try access.admitted(request)
            } catch {
                audit.record(request, status: error.problem.kind.status)
                throw error
            }
        }
    }

    private func admitted(_ request: Request) throws(ProblemResponse) -> Token {
        guard let field = request.fields[.authorization] else {
            throw Self.refusal("Send Authorization: Bearer TOKEN.")
        }
        let parts = field.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw Self.refusal("Send Authorization: Bearer TOKEN; another scheme is not known here.")
        }
        guard let token = tokens.token(of: String(parts[1].trimmingBlanks())) else {
            throw Self.refusal("This token is not known here.", error: "invalid_token")
        }
        guard !token.isExpired() else {
            throw Self.refusal("The token \(token.name) has expired.", error: "invalid_token")
        }
        try take(token)
        let needed = Scope(neededBy: request)
        guard token.scope >= needed else {
            throw ProblemResponse(
                Problem(
                    .forbidden,
                    "The token \(token.name) has scope \(token.scope.rawValue); this needs \(needed.rawValue)."
                ),
                fields: [
                    .wwwAuthenticate:
                        "Bearer realm=\"fitd\", error=\"insufficient_scope\", scope=\"\(needed.rawValue)\""
                ])
        }
        return token
    }

    private func take(_ token: Token) throws(ProblemResponse) {
        guard let rate else { return }
        let wait = state.withLock { state in
            state.buckets[token.name, default: TokenBucket(rate: rate)].take(at: Connection.now())
        }
        guard let wait else { return }
        throw ProblemResponse(
            Problem(
                .tooManyRequests, "The token \(token.name) may ask \(rate) times a second; try again later."),
            fields: [.retryAfter: "\(wait)"])
    }

    /// RFC 6750, section 3: the reason is named where a token was sent.
    private static func refusal(_ detail: String, error: String? = nil) -> ProblemResponse {
        let reason = error.map { ", error=\"\($0)\", error_description=\"\(detail)\"" } ?? ""
        return ProblemResponse(
            Problem(.unauthorized, detail), fields: [.wwwAuthenticate: "Bearer realm=\"fitd\"" + reason])
    }
}

/// A bucket that fills by `rate` a second up to one second's worth, and of which each request takes one.
struct TokenBucket: Sendable {
    private let rate: Double
    private var level: Double
    private var filledAt: UInt64?

    init(rate: Int) {
        self.rate = Double(rate)
        level = Double(rate)
    }

    /// Takes one; otherwise the whole seconds after which there is one again.
    /// - Parameter now: Nanoseconds on a clock that only goes forward.
    mutating func take(at now: UInt64) -> Int? {
        let seconds = filledAt.map { now > $0 ? Double(now - $0) / 1e9 : 0 } ?? 0
        level = min(rate, level + seconds * rate)
        filledAt = now
        guard level >= 1 else { return max(1, Int(((1 - level) / rate).rounded(.up))) }
        level -= 1
        return nil
    }
}
