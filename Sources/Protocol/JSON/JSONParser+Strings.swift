extension JSONParser {
    /// Reads a string; the position is at its opening quote.
    mutating func string() throws(Problem) -> String {
        position += 1
        let start = position
        try skipPlain()
        if next == UInt8(ascii: "\"") {
            let text = try validated(bytes[start..<position], at: start)
            position += 1
            return text
        }
        var unescaped = Array(bytes[start..<position])
        while next != UInt8(ascii: "\"") {
            if next == UInt8(ascii: "\\") {
                try escape(into: &unescaped)
            } else {
                let start = position
                try skipPlain()
                unescaped.append(contentsOf: bytes[start..<position])
            }
        }
        position += 1
        return try validated(unescaped, at: start)
    }

    /// Steps to the next quote or backslash.
    private mutating func skipPlain() throws(Problem) {
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return }
            if byte < 0x20 { throw malformed("a control character in a string must be escaped") }
            position += 1
        }
        throw malformed("a string has no closing quote")
    }

    private func validated(_ text: some Collection<UInt8>, at start: Int) throws(Problem) -> String {
        guard let result = String(validating: text, as: UTF8.self) else {
            throw malformed("a string is not valid UTF-8", at: start - 1)
        }
        return result
    }

    private mutating func escape(into output: inout [UInt8]) throws(Problem) {
        position += 1
        switch next {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): output.append(next)
        case UInt8(ascii: "b"): output.append(0x08)
        case UInt8(ascii: "f"): output.append(0x0C)
        case UInt8(ascii: "n"): output.append(0x0A)
        case UInt8(ascii: "r"): output.append(0x0D)
        case UInt8(ascii: "t"): output.append(0x09)
        case UInt8(ascii: "u"):
            output.append(contentsOf: String(try escapedScalar()).utf8)
            return
        default:
            throw malformed(
                position < bytes.count ? "unknown escape in a string" : "a string has no closing quote")
        }
        position += 1
    }

    /// Reads `u` and four hexadecimal digits, and the second half of a surrogate pair.
    private mutating func escapedScalar() throws(Problem) -> Unicode.Scalar {
        let start = position - 1
        let first = try escapedUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        if first < 0xDC00, next == UInt8(ascii: "\\") {
            position += 1
            if next == UInt8(ascii: "u") {
                let second = try escapedUnit()
                if (0xDC00..<0xE000).contains(second),
                    let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
                {
                    return scalar
                }
            }
        }
        throw malformed("a surrogate stands without its other half", at: start)
    }

    private mutating func escapedUnit() throws(Problem) -> UInt32 {
        position += 1
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = hexDigit(next) else { throw malformed("\\u needs four hexadecimal digits") }
            unit = unit << 4 | digit
            position += 1
        }
        return unit
    }

    private func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
