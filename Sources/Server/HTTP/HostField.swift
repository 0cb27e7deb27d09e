import Glibc

/// The host and port of a `Host` field or a target (RFC 9110, 7.2).
struct HostField {
    /// A name, an IPv4 address, or an IPv6 address without its brackets; in lower case.
    let name: String
    /// The port, if there is one.
    let port: Int?
    /// Whether the host is an IPv6 address.
    let isIPv6: Bool

    /// Nil for what is not a host. Of the names that a URI may have, those with characters beside letters,
    /// digits, `-._~` are refused too: no server has such a name, and proxies read them in several ways.
    init?(_ text: String) {
        let host: Substring
        var rest: Substring
        isIPv6 = text.utf8.first == UInt8(ascii: "[")
        if isIPv6 {
            guard let end = text.utf8.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
            var address = in6_addr()
            guard inet_pton(AF_INET6, String(host), &address) == 1 else { return nil }
        } else {
            let end = text.utf8.firstIndex(of: UInt8(ascii: ":")) ?? text.endIndex
            (host, rest) = (text[..<end], text[end...])
            guard !host.isEmpty, host.utf8.allSatisfy(Self.isNameByte) else { return nil }
        }
        name = host.lowercased()
        guard !rest.isEmpty else {
            port = nil
            return
        }
        guard rest.removeFirst() == ":",
            rest.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") })
        else { return nil }
        if rest.isEmpty {
            port = nil
        } else {
            guard let number = UInt16(rest) else { return nil }
            port = Int(number)
        }
    }

    /// Whether the name can only be this machine's, so that no other site's name was made to point here.
    var isLoopback: Bool {
        isIPv6 ? name == "::1" : name == "localhost" || name == "127.0.0.1"
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
