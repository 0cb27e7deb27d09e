/// Takes a CSV file (RFC 4180) apart, field by field. Lines end with CRLF or LF, empty lines are passed over,
/// and a byte order mark, as Excel writes it, is no part of the first field.
struct CSVScanner {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    /// The line at the position, from 1.
    private(set) var line = 1

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// Steps over empty lines; false at the file's end.
    mutating func beginRecord() -> Bool {
        while position < bytes.count {
            if bytes[position] == 0x0A {
                position += 1
            } else if bytes[position] == 0x0D, position + 1 < bytes.count, bytes[position + 1] == 0x0A {
                position += 2
            } else {
                return true
            }
            line += 1
        }
        return false
    }

    /// The next field, without its quotes; quotes within stay doubled.
    /// - Returns: the field, and whether it is its record's last.
    mutating func field() throws(Problem) -> (text: UnsafeRawBufferPointer, isLast: Bool) {
        if position < bytes.count, bytes[position] == UInt8(ascii: "\"") { return try quotedField() }
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: ","), 0x0A, 0x0D:
                let text = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
                return (text, try separator())
            case UInt8(ascii: "\""):
                throw malformed("a quote stands within a field that does not begin with one")
            default: position += 1
            }
        }
        return (UnsafeRawBufferPointer(rebasing: bytes[start...]), true)
    }

    private mutating func quotedField() throws(Problem) -> (text: UnsafeRawBufferPointer, isLast: Bool) {
        let opened = line
        position += 1
        let start = position
        while position < bytes.count {
            if bytes[position] == 0x0A { line += 1 }
            if bytes[position] == UInt8(ascii: "\"") {
                let isDoubled = position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "\"")
                if !isDoubled { break }
                position += 1
            }
            position += 1
        }
        guard position < bytes.count else {
            line = opened
            throw malformed("a quoted field is not closed")
        }
        let text = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
        position += 1
        return (text, try separator())
    }

    /// Steps over what follows a field; true at a record's end.
    private mutating func separator() throws(Problem) -> Bool {
        guard position < bytes.count else { return true }
        switch bytes[position] {
        case UInt8(ascii: ","):
            position += 1
            return false
        case 0x0A: position += 1
        case 0x0D where position + 1 < bytes.count && bytes[position + 1] == 0x0A: position += 2
        case 0x0D: throw malformed("a carriage return stands without a line feed")
        default: throw malformed("text follows a closing quote")
        }
        line += 1
        return true
    }

    func malformed(_ detail: String) -> Problem {
        Problem(.malformed, "Malformed CSV at line \(line): \(detail).")
    }
}
