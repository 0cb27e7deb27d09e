import HTTPTypes
import Protocol

/// The first line of a request (RFC 9112, 3): method, target and version.
struct RequestLine {
    let method: HTTPRequest.Method
    /// The path and query, or `*`; nil for `CONNECT`.
    let path: String?
    /// The authority of a target in absolute-form or authority-form; it stands above the `Host` field.
    let authority: String?
    /// Whether the version is HTTP/1.0.
    let isVersion10: Bool

    init(_ line: [UInt8], limits: HeadLimits) throws(Problem) {
        let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 3 else {
            throw Problem(.malformed, "The request line is not METHOD TARGET HTTP/1.1 with single spaces.")
        }
        guard isToken(parts[0]), let method = HTTPRequest.Method(String(decoding: parts[0], as: UTF8.self))
        else { throw Problem(.malformed, "The method is not a token.") }
        self.method = method
        guard parts[1].count <= limits.target else { throw Self.targetTooLong(limits) }
        let version = try Self.version(parts[2])
        let target = String(decoding: parts[1], as: UTF8.self)
        guard !target.isEmpty, parts[1].allSatisfy(Self.isTargetByte) else {
            throw Problem(.malformed, "The target has a character that must be percent-encoded, or none.")
        }
        (path, authority) = try Self.resolve(target, method: method)
        guard version.major == 1 else {
            throw Problem(.versionNotSupported, "HTTP/1.1 and HTTP/1.0 are spoken here.")
        }
        isVersion10 = version.minor == 0
    }

    static func targetTooLong(_ limits: HeadLimits) -> Problem {
        Problem(.targetTooLong, "The target is longer than \(limits.target) bytes.")
    }

    private static func version(_ text: ArraySlice<UInt8>) throws(Problem) -> (major: UInt8, minor: UInt8) {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let bytes = Array(text)
        guard bytes.count == 8, bytes.starts(with: "HTTP/".utf8), digits.contains(bytes[5]),
            bytes[6] == UInt8(ascii: "."), digits.contains(bytes[7])
        else { throw Problem(.malformed, "The request line does not end in a version such as HTTP/1.1.") }
        return (bytes[5] - digits.lowerBound, bytes[7] - digits.lowerBound)
    }

    /// The characters of a URI (RFC 3986, 2) without `#`: a target has no fragment.
    private static func isTargetByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, 0x7F...0xFF: false
        case UInt8(ascii: "#"), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"),
            UInt8(ascii: "\\"), UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "{"), UInt8(ascii: "|"),
            UInt8(ascii: "}"):
            false
        default: true
        }
    }

    private static func resolve(
        _ target: String, method: HTTPRequest.Method
    ) throws(Problem) -> (path: String?, authority: String?) {
        if method == .connect {
            guard let host = HostField(target), host.port != nil else {
                throw Problem(.malformed, "The target of CONNECT is not HOST:PORT.")
            }
            return (nil, target)
        }
        if target.hasPrefix("/") { return (target, nil) }
        if target == "*" {
            guard method == .options else {
                throw Problem(.malformed, "The target * goes with OPTIONS alone.")
            }
            return (target, nil)
        }
        let lowercased = target.lowercased()
        for scheme in ["http://", "https://"] where lowercased.hasPrefix(scheme) {
            let rest = target.dropFirst(scheme.count)
            let authority = rest.prefix { $0 != "/" && $0 != "?" }
            let path = rest[authority.endIndex...]
            if path.isEmpty { return (method == .options ? "*" : "/", String(authority)) }
            return (path.hasPrefix("/") ? String(path) : "/" + path, String(authority))
        }
        throw Problem(.malformed, "The target is neither a path that begins with / nor an http URL.")
    }
}
