import Protocol

/// The path and query of a request target in origin-form (RFC 9112, 3.2.1), still percent-encoded.
struct RequestTarget {
    let path: Substring
    let query: Substring?

    init(_ target: String) {
        if let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) {
            path = target[..<mark]
            query = target[target.utf8.index(after: mark)...]
        } else {
            path = target[...]
            query = nil
        }
    }

    /// The decoded segments behind the leading slash; `/` has none, and a slash at the end adds an empty one.
    func segments() throws(Problem) -> [String] {
        guard path.utf8.first == UInt8(ascii: "/"), path.utf8.count > 1 else { return [] }
        var segments: [String] = []
        let parts = path.utf8.dropFirst().split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for part in parts { segments.append(try Self.decode(Substring(part), plusIsSpace: false)) }
        return segments
    }

    /// The decoded parameters; a name without `=` has an empty value.
    func parameters() throws(Problem) -> [(name: String, value: String)] {
        guard let query else { return [] }
        var parameters: [(name: String, value: String)] = []
        for pair in query.split(separator: "&") {
            let equals = pair.firstIndex(of: "=")
            let name = try Self.decode(pair[..<(equals ?? pair.endIndex)], plusIsSpace: true)
            let value = try equals.map { (index) throws(Problem) in
                try Self.decode(pair[pair.index(after: index)...], plusIsSpace: true)
            }
            parameters.append((name, value ?? ""))
        }
        return parameters
    }

    private static func decode(_ text: Substring, plusIsSpace: Bool) throws(Problem) -> String {
        let isPlain = text.utf8.allSatisfy { $0 != UInt8(ascii: "%") && $0 != UInt8(ascii: "+") && $0 != 0 }
        if isPlain { return String(text) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.next().flatMap(hexadecimalDigit),
                    let low = rest.next().flatMap(hexadecimalDigit)
                else {
                    throw Problem(.malformed, "The target has a % that two hexadecimal digits do not follow.")
                }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        guard !bytes.contains(0), let decoded = String(validating: bytes, as: UTF8.self) else {
            throw Problem(.malformed, "The target is not UTF-8 text when percent-decoded.")
        }
        return decoded
    }
}

/// The value of a hexadecimal digit in ASCII, or nil.
func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
