extension JSONParser {
    /// Reads a number; the position is at its sign or first digit.
    mutating func number() throws(Problem) -> JSONValue {
        let start = position
        let negative = next == UInt8(ascii: "-")
        if negative { position += 1 }
        var digits = DecimalDigits()
        let integerStart = position
        if next == UInt8(ascii: "0") {
            position += 1
            if isDigit(next) { throw malformed("a number must not begin with 0", at: start) }
        } else {
            skipDigits(into: &digits)
            guard position > integerStart else { throw malformed("expected a digit, found \(found)") }
        }
        if next != UInt8(ascii: "."), next | 0x20 != UInt8(ascii: "e") {
            return integer(digits, negative: negative, from: start)
        }
        if next == UInt8(ascii: ".") {
            position += 1
            let fractionStart = position
            skipDigits(into: &digits)
            guard position > fractionStart else {
                throw malformed("expected a digit after the decimal point, found \(found)")
            }
            digits.exponent -= position - fractionStart
        }
        if next | 0x20 == UInt8(ascii: "e") { digits.exponent += try exponent() }
        return .number(digits.double(negative: negative) ?? nearestDouble(from: start))
    }

    private mutating func skipDigits(into digits: inout DecimalDigits) {
        while position < bytes.count, isDigit(bytes[position]) {
            digits.append(bytes[position] - UInt8(ascii: "0"))
            position += 1
        }
    }

    /// Reads an exponent, held to ±1,000,000: the digits as written decide what lies beyond.
    private mutating func exponent() throws(Problem) -> Int {
        position += 1
        let negative = next == UInt8(ascii: "-")
        if negative || next == UInt8(ascii: "+") { position += 1 }
        guard isDigit(next) else { throw malformed("expected a digit in the exponent, found \(found)") }
        var magnitude = 0
        while isDigit(next) {
            magnitude = min(magnitude * 10 + Int(next - UInt8(ascii: "0")), 1_000_000)
            position += 1
        }
        return negative ? -magnitude : magnitude
    }

    private func integer(_ digits: DecimalDigits, negative: Bool, from start: Int) -> JSONValue {
        if digits.isExact {
            if digits.significand <= UInt64(Int64.max) {
                let value = Int64(digits.significand)
                return .integer(negative ? -value : value)
            }
            if negative, digits.significand == Int64.min.magnitude { return .integer(.min) }
        }
        return .number(nearestDouble(from: start))
    }

    /// The double nearest to the number from `start` to the position, whose grammar is checked.
    private func nearestDouble(from start: Int) -> Double {
        Double(String(decoding: bytes[start..<position], as: UTF8.self)) ?? .nan
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}

/// Digits of a decimal number: `significand` × 10^`exponent`.
struct DecimalDigits {
    private(set) var significand: UInt64 = 0
    /// Whether every digit fitted the significand.
    private(set) var isExact = true
    var exponent = 0

    @inline(__always)
    mutating func append(_ digit: UInt8) {
        guard isExact else { return }
        let (shifted, overflowed) = significand.multipliedReportingOverflow(by: 10)
        let (sum, carried) = shifted.addingReportingOverflow(UInt64(digit))
        significand = sum
        isExact = !overflowed && !carried
    }

    /// The nearest double when one multiplication or division of exact doubles gives it, as Clinger showed.
    func double(negative: Bool) -> Double? {
        guard isExact, significand <= 1 << 53, abs(exponent) < Self.powersOfTen.count else { return nil }
        let power = Self.powersOfTen[abs(exponent)]
        let magnitude = exponent < 0 ? Double(significand) / power : Double(significand) * power
        return negative ? -magnitude : magnitude
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
        1e18, 1e19, 1e20, 1e21, 1e22,
    ]
}
