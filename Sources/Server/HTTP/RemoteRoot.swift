import Protocol

/// The URL of another server, `http://HOST[:PORT][/PATH]`, to which requests may be sent.
public struct RemoteRoot: Sendable, Hashable, CustomStringConvertible {
    /// The URL, without slashes at its end.
    public let description: String
    /// The name or address, without brackets.
    package let host: String
    package let port: Int
    /// The name and the port as they stand in `Host`.
    package let authority: String
    /// What requests' targets begin with; empty for none.
    package let path: String

    /// Reads a URL; nil for one of another scheme, or with a user, a query, a fragment or anything that has no place in
    /// a request.
    public init?(_ text: String) {
        var text = text[...]
        while text.hasSuffix("/") { text.removeLast() }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"?#@\\\"<>".utf8.contains($0) }),
            text.hasPrefix("http://")
        else { return nil }
        let rest = text.dropFirst(7)
        authority = String(rest.prefix { $0 != "/" })
        path = String(rest.dropFirst(authority.count))
        var name = authority[...]
        var digits: Substring = "80"
        if let colon = name.lastIndex(of: ":"), !name.hasSuffix("]") {
            digits = name[name.index(after: colon)...]
            name = name[..<colon]
        }
        if name.hasPrefix("["), name.hasSuffix("]") {
            name = name.dropFirst().dropLast()
        } else if name.contains(":") {
            return nil
        }
        guard !name.isEmpty, let port = Int(digits), (1...65535).contains(port), digits.first != "+" else {
            return nil
        }
        host = String(name)
        self.port = port
        description = String(text)
    }
}
