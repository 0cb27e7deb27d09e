/// Cuts an expression's text into words, as Python does inside brackets: line ends are spaces.
struct ExpressionLexer {
    private let bytes: [UInt8]
    private var position = 0
    private var tokens: [ExpressionToken] = []

    /// All words of `text`, the last being `.end`.
    static func tokens(of text: String) throws -> [ExpressionToken] {
        var lexer = ExpressionLexer(bytes: Array(text.utf8))
        try lexer.run()
        return lexer.tokens
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func byte(at offset: Int) -> UInt8 { offset < bytes.count ? bytes[offset] : 0 }

    private mutating func append(_ kind: ExpressionToken.Kind, from start: Int) {
        tokens.append(ExpressionToken(kind: kind, range: start..<position))
    }

    private mutating func run() throws {
        while position < bytes.count {
            let byte = bytes[position]
            if byte == 0x20 || (0x09...0x0D).contains(byte) {
                position += 1
            } else if byte.isDigit || (byte == UInt8(ascii: ".") && self.byte(at: position + 1).isDigit) {
                try readNumber()
            } else if byte.isLetter {
                let start = position
                while self.byte(at: position).isLetter || self.byte(at: position).isDigit { position += 1 }
                append(.name(text(start..<position)), from: start)
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                try readString(quote: byte)
            } else {
                try readSymbol()
            }
        }
        append(.end, from: position)
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private mutating func readDigits() {
        while byte(at: position).isDigit
            || (byte(at: position) == UInt8(ascii: "_") && byte(at: position + 1).isDigit)
        {
            position += 1
        }
    }

    private mutating func readNumber() throws {
        let start = position
        var isInteger = true
        readDigits()
        if byte(at: position) == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            readDigits()
        }
        if byte(at: position) | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            position += 1
            if [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(byte(at: position)) { position += 1 }
            guard byte(at: position).isDigit else { throw badNumber(from: start) }
            readDigits()
        }
        guard !byte(at: position).isLetter else { throw badNumber(from: start) }
        let digits = text(start..<position).replacing("_", with: "")
        if !isInteger, let value = Double(digits) {
            append(.number(.float(value)), from: start)
        } else if digits.first == "0", digits.contains(where: { $0 != "0" }) {
            throw ExpressionFault(
                "whole numbers are decimal and do not start with 0", at: start..<position)
        } else if let value = Int(digits) {
            append(.number(.integer(value)), from: start)
        } else {
            throw ExpressionFault(
                "'\(digits.prefix(40))' does not fit 64 bits; write it as a float, as in 1e20",
                at: start..<position)
        }
    }

    private mutating func badNumber(from start: Int) -> ExpressionFault {
        while byte(at: position).isLetter || byte(at: position).isDigit { position += 1 }
        return ExpressionFault(
            "'\(text(start..<position).prefix(40))' is not a number; write 3, 0.5 or 1e-7",
            at: start..<position)
    }

    private mutating func readString(quote: UInt8) throws {
        let start = position
        position += 1
        while position < bytes.count, bytes[position] != quote {
            guard bytes[position] != UInt8(ascii: "\\"), bytes[position] >= 0x20 else {
                throw ExpressionFault(
                    "strings only name data types, such as 'float32', and hold no escapes",
                    at: position..<position + 1)
            }
            position += 1
        }
        guard position < bytes.count else {
            throw ExpressionFault("this string is not closed", at: start..<position)
        }
        position += 1
        append(.string(text(start + 1..<position - 1)), from: start)
    }

    private mutating func readSymbol() throws {
        for (symbol, spelling) in ExpressionToken.Symbol.spellings
        where bytes[position...].starts(with: spelling) {
            let start = position
            position += spelling.count
            append(.symbol(symbol), from: start)
            return
        }
        var end = position + 1
        while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
        throw ExpressionFault(
            "the character '\(text(position..<end))' has no meaning here", at: position..<end)
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    fileprivate var isLetter: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) || self == UInt8(ascii: "_")
    }
}
