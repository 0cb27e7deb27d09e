/// A number in a CSV field.
enum CSVNumber {
    case integer(Int64)
    case floating(Double)

    /// The most bytes of a number, which may be read in memory: no double needs a quarter of them.
    private static let longest = 1 << 12

    /// Reads a decimal number, `nan`, or `inf`, with spaces around; nil for anything else.
    init?(_ field: UnsafeRawBufferPointer) {
        var start = 0
        var end = field.count
        while start < end, field[start] == 0x20 || field[start] == 0x09 { start += 1 }
        while end > start, field[end - 1] == 0x20 || field[end - 1] == 0x09 { end -= 1 }
        let text = UnsafeRawBufferPointer(rebasing: field[start..<end])
        guard let first = text.first, text.count <= Self.longest else { return nil }
        let negative = first == UInt8(ascii: "-")
        var position = negative || first == UInt8(ascii: "+") ? 1 : 0
        var digits = DecimalDigits()
        let whole = Self.skipDigits(text, &position, &digits)
        var isInteger = true
        var fraction = 0
        if position < text.count, text[position] == UInt8(ascii: ".") {
            position += 1
            fraction = Self.skipDigits(text, &position, &digits)
            digits.exponent = -fraction
            isInteger = false
        }
        guard whole + fraction > 0 else {
            guard let word = Self.word(text.dropFirst(negative || first == UInt8(ascii: "+") ? 1 : 0)) else {
                return nil
            }
            self = .floating(negative ? -word : word)
            return
        }
        if position < text.count {
            guard Self.isExponent(text[position...]) else { return nil }
            isInteger = false
        } else if isInteger, digits.isExact, digits.significand <= UInt64(Int64.max) {
            let value = Int64(digits.significand)
            self = .integer(negative ? -value : value)
            return
        } else if let value = digits.double(negative: negative) {
            self = .floating(value)
            return
        }
        guard let value = Double(String(decoding: text, as: UTF8.self)) else { return nil }
        self = .floating(value)
    }

    var double: Double {
        switch self {
        case .integer(let value): Double(value)
        case .floating(let value): value
        }
    }

    /// Steps over digits and says how many there were.
    @inline(__always)
    private static func skipDigits(
        _ text: UnsafeRawBufferPointer, _ position: inout Int, _ digits: inout DecimalDigits
    ) -> Int {
        let start = position
        while position < text.count, text[position] &- UInt8(ascii: "0") < 10 {
            digits.append(text[position] - UInt8(ascii: "0"))
            position += 1
        }
        return position - start
    }

    private static func isExponent(_ text: Slice<UnsafeRawBufferPointer>) -> Bool {
        guard let first = text.first, first | 0x20 == UInt8(ascii: "e") else { return false }
        var digits = text.dropFirst()
        if let sign = digits.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            digits.removeFirst()
        }
        return !digits.isEmpty && digits.allSatisfy { $0 &- UInt8(ascii: "0") < 10 }
    }

    private static func word(_ text: Slice<UnsafeRawBufferPointer>) -> Double? {
        guard text.count <= 8 else { return nil }
        return switch String(decoding: text, as: UTF8.self).lowercased() {
        case "nan": .nan
        case "inf", "infinity": .infinity
        default: nil
        }
    }
}
