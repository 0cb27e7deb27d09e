extension JSONValue {
    /// Reads one JSON document (RFC 8259), strictly: UTF-8 without byte order mark, no duplicate keys, no
    /// lone surrogates, nothing behind the document.
    ///
    /// Integers that fit 64 bits stay exact; a longer one becomes the nearest `.number`. A number beyond the
    /// range of a double becomes `.number(±infinity)`, which no literal in range yields, so whoever takes
    /// a number must refuse one that is not finite.
    /// - Throws: `.malformed`, naming line, column and what is wrong there.
    public init(parsing bytes: UnsafeRawBufferPointer, limits: JSONLimits = .default) throws(Problem) {
        var parser = JSONParser(bytes, limits: limits)
        self = try parser.document()
    }

    /// Reads one JSON document from any collection of bytes.
    public init(parsing bytes: some Collection<UInt8>, limits: JSONLimits = .default) throws(Problem) {
        func parse(_ buffer: UnsafeBufferPointer<UInt8>) -> Result<JSONValue, Problem> {
            Result { () throws(Problem) in
                try JSONValue(parsing: UnsafeRawBufferPointer(buffer), limits: limits)
            }
        }
        let result =
            bytes.withContiguousStorageIfAvailable(parse)
            ?? ContiguousArray(bytes).withUnsafeBufferPointer(parse)
        self = try result.get()
    }

    /// Reads one JSON document from text.
    public init(parsing text: String, limits: JSONLimits = .default) throws(Problem) {
        try self.init(parsing: text.utf8, limits: limits)
    }
}

/// A reader of one document; recursion is bounded by the limit on depth.
struct JSONParser {
    let bytes: UnsafeRawBufferPointer
    let limits: JSONLimits
    var position = 0

    init(_ bytes: UnsafeRawBufferPointer, limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    /// The byte at the position; 0, which is valid nowhere outside a string, at the end.
    @inline(__always)
    var next: UInt8 { position < bytes.count ? bytes[position] : 0 }

    mutating func document() throws(Problem) -> JSONValue {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw malformed("a byte order mark is not allowed; send UTF-8 without one")
        }
        skipSpace()
        guard position < bytes.count else { throw malformed("the document is empty") }
        let result = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else {
            throw malformed("\(found) follows the document's end; send one document")
        }
        return result
    }

    mutating func value(depth: Int) throws(Problem) -> JSONValue {
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try array(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: throw malformed("expected a value, found \(found)")
        }
    }

    private mutating func object(depth: Int) throws(Problem) -> JSONValue {
        try enter(depth)
        var members = JSONObject()
        if next == UInt8(ascii: "}") {
            position += 1
            return .object(members)
        }
        while true {
            guard next == UInt8(ascii: "\"") else {
                throw malformed("expected a member's name in double quotes, found \(found)")
            }
            let start = position
            let key = try string()
            skipSpace()
            guard next == UInt8(ascii: ":") else {
                throw malformed("expected ':' after a member's name, found \(found)")
            }
            position += 1
            skipSpace()
            let member = try value(depth: depth)
            if members.updateValue(member, forKey: key) != nil {
                throw malformed("the member '\(key.prefix(80))' appears twice in one object", at: start)
            }
            if try leave(UInt8(ascii: "}"), "an object's member") { return .object(members) }
        }
    }

    private mutating func array(depth: Int) throws(Problem) -> JSONValue {
        try enter(depth)
        var elements: [JSONValue] = []
        if next == UInt8(ascii: "]") {
            position += 1
            return .array(elements)
        }
        while true {
            elements.append(try value(depth: depth))
            if try leave(UInt8(ascii: "]"), "an array's element") { return .array(elements) }
        }
    }

    private mutating func enter(_ depth: Int) throws(Problem) {
        guard depth <= limits.maximumDepth else {
            throw malformed("arrays and objects nest deeper than \(limits.maximumDepth)")
        }
        position += 1
        skipSpace()
    }

    /// Steps over what follows an element: true behind the closing bracket, false behind a comma.
    private mutating func leave(_ close: UInt8, _ what: String) throws(Problem) -> Bool {
        skipSpace()
        let byte = next
        guard byte == close || byte == UInt8(ascii: ",") else {
            let bracket = Character(Unicode.Scalar(close))
            throw malformed("expected ',' or '\(bracket)' after \(what), found \(found)")
        }
        position += 1
        if byte == close { return true }
        skipSpace()
        if next == close { throw malformed("a comma must not stand before '\(Unicode.Scalar(close))'") }
        return false
    }

    private mutating func literal(_ text: StaticString, _ value: JSONValue) throws(Problem) -> JSONValue {
        let count = text.utf8CodeUnitCount
        let end = position + count
        guard end <= bytes.count,
            bytes[position..<end].elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: count))
        else { throw malformed("expected \(text)") }
        position = end
        return value
    }

    @inline(__always)
    mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// What stands at the position, for messages.
    var found: String {
        guard position < bytes.count else { return "the end" }
        let byte = bytes[position]
        if (0x21..<0x7F).contains(byte) { return "'\(Unicode.Scalar(byte))'" }
        return "byte 0x" + String(byte, radix: 16, uppercase: true)
    }

    /// A fault at an offset, or at the position; columns count characters, from 1, as editors do.
    func malformed(_ detail: String, at offset: Int? = nil) -> Problem {
        let before = bytes[..<min(offset ?? position, bytes.count)]
        let line = before.count { $0 == 0x0A } + 1
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        let column = before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1
        return Problem(.malformed, "Malformed JSON at line \(line), column \(column): \(detail).")
    }
}
