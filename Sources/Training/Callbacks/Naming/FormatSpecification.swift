import Foundation

/// How Python's `format` writes a number (https://docs.python.org/3/library/string.html#formatspec):
/// `[[fill]align][sign]["z"]["#"]["0"][width][grouping]["." precision][type]`, such as `02d` or `.2f`.
package struct FormatSpecification: Sendable, Hashable {
    private var fill: Character = " "
    private var alignment: Character = ">"
    private var sign: Character = "-"
    private var hasNoNegativeZero = false
    private var isAlternate = false
    private var width = 0
    private var grouping: Character?
    private var precision: Int?
    private var type: Character?

    /// The longest text that a number is written as.
    private static let longest = 255

    /// Reads a specification; nil for one that Python does not know for numbers, or of more than 255 characters.
    package init?(_ text: String) {
        var rest = Array(text)[...]
        var isFilled = false
        if let align = rest.dropFirst().first, "<>=^".contains(align), let fill = rest.first {
            (self.fill, alignment, isFilled) = (fill, align, true)
            rest = rest.dropFirst(2)
        } else if let align = rest.first, "<>=^".contains(align) {
            alignment = align
            rest = rest.dropFirst()
        }
        let isAligned = rest.startIndex > 0
        if let sign = rest.first, "+- ".contains(sign) {
            self.sign = sign
            rest = rest.dropFirst()
        }
        hasNoNegativeZero = Self.take("z", from: &rest)
        isAlternate = Self.take("#", from: &rest)
        if !isFilled, Self.take("0", from: &rest) {
            fill = "0"
            if !isAligned { alignment = "=" }
        }
        guard let width = Self.number(&rest) else { return nil }
        self.width = width.value
        if let grouping = rest.first, ",_".contains(grouping) {
            self.grouping = grouping
            rest = rest.dropFirst()
        }
        if Self.take(".", from: &rest) {
            guard let precision = Self.number(&rest), precision.hasDigits else { return nil }
            self.precision = precision.value
        }
        guard rest.count <= 1 else { return nil }
        type = rest.first
        guard formats(integer: true) || formats(integer: false) else { return nil }
    }

    private static func take(_ character: Character, from text: inout ArraySlice<Character>) -> Bool {
        guard text.first == character else { return false }
        text = text.dropFirst()
        return true
    }

    private static func number(_ text: inout ArraySlice<Character>) -> (value: Int, hasDigits: Bool)? {
        let digits = text.prefix { "0123456789".contains($0) }
        text = text.dropFirst(digits.count)
        guard !digits.isEmpty else { return (0, false) }
        guard let value = Int(String(digits)), value <= longest else { return nil }
        return (value, true)
    }

    /// Whether it writes whole numbers, or those with a fraction.
    package func formats(integer: Bool) -> Bool {
        switch type {
        case nil where integer: precision == nil && !hasNoNegativeZero
        case "d": integer && precision == nil && !hasNoNegativeZero
        case "b", "o", "x", "X": integer && precision == nil && !hasNoNegativeZero && grouping != ","
        case nil, "e", "E", "f", "F", "g", "G", "%": true
        case "n": grouping == nil && (!integer || (precision == nil && !hasNoNegativeZero))
        default: false
        }
    }

    /// A whole number.
    package func string(_ value: Int) -> String {
        let radix: (Int, String)
        switch type {
        case nil, "d", "n": radix = (10, "")
        case "b": radix = (2, "0b")
        case "o": radix = (8, "0o")
        case "x": radix = (16, "0x")
        case "X": radix = (16, "0X")
        default: return string(Double(value))
        }
        let digits = String(value.magnitude, radix: radix.0, uppercase: type == "X")
        return padded(
            digits, rest: "", prefix: isAlternate ? radix.1 : "", isNegative: value < 0,
            group: radix.0 == 10 ? 3 : 4)
    }

    /// A number with a fraction.
    package func string(_ value: Double) -> String {
        var text = magnitude(value.magnitude)
        var isNegative = value.sign == .minus && !value.isNaN
        if hasNoNegativeZero, !text.contains(where: { ("1"..."9").contains($0) }), value.isFinite {
            isNegative = false
        }
        if type == "E" || type == "F" || type == "G" { text = text.uppercased() }
        let whole = value.isFinite ? text.prefix { ("0"..."9").contains($0) } : ""
        return padded(
            String(whole), rest: String(text.dropFirst(whole.count)), prefix: "", isNegative: isNegative,
            group: 3)
    }

    private func magnitude(_ value: Double) -> String {
        guard value.isFinite else { return (value.isNaN ? "nan" : "inf") + (type == "%" ? "%" : "") }
        switch type {
        case "e", "E": return pointed(String(format: "%.*e", precision ?? 6, value))
        case "f", "F": return pointed(String(format: "%.*f", precision ?? 6, value))
        case "%": return pointed(String(format: "%.*f", precision ?? 6, value * 100)) + "%"
        case nil where precision == nil: return Self.shortest(value)
        default: return general(value, digits: max(1, precision ?? 6))
        }
    }

    /// With the point that `#` asks for.
    private func pointed(_ text: String) -> String {
        guard isAlternate, !text.contains(".") else { return text }
        let mantissa = text.prefix { $0 != "e" }
        return mantissa + "." + text.dropFirst(mantissa.count)
    }

    /// `g`: the shorter of both notations; without a type, one that shows that the number is no whole one.
    private func general(_ value: Double, digits: Int) -> String {
        let scientific = String(format: "%.*e", digits - 1, value)
        guard let mark = scientific.lastIndex(of: "e"),
            let exponent = Int(scientific[scientific.index(after: mark)...])
        else { return scientific }
        let isShown = type == nil
        if exponent < -4 || exponent >= digits - (isShown ? 1 : 0) {
            let mantissa = String(scientific[..<mark])
            return pointed((isAlternate ? mantissa : Self.trimmed(mantissa)) + scientific[mark...])
        }
        let fixed = String(format: "%.*f", max(0, digits - 1 - exponent), value)
        if isAlternate { return pointed(fixed) }
        let trimmed = Self.trimmed(fixed)
        return isShown && !trimmed.contains(".") ? trimmed + ".0" : trimmed
    }

    private static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text }
        let kept = text.reversed().drop { $0 == "0" }
        return String((kept.first == "." ? kept.dropFirst() : kept).reversed())
    }

    /// The fewest digits that read back the same, as `repr` writes them.
    package static func shortest(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
        for digits in 0...16 {
            let text = String(format: "%.*e", digits, value)
            guard Double(text) == value, let places = text.split(separator: "e").last.flatMap({ Int($0) })
            else { continue }
            if places < -4 || places >= 16 {
                let mantissa = text.prefix { $0 != "e" }
                return trimmed(String(mantissa)) + text.dropFirst(mantissa.count)
            }
            return String(format: "%.*f", max(1, digits - places), value)
        }
        return "\(value)"
    }

    private func padded(_ whole: String, rest: String, prefix: String, isNegative: Bool, group: Int) -> String
    {
        let sign = isNegative ? "-" : sign == "-" ? "" : String(sign)
        var digits = whole
        if let grouping, !whole.isEmpty {
            let zeros = fill == "0" && alignment == "=" ? width - sign.count - prefix.count - rest.count : 0
            digits = Self.grouped(whole, by: group, with: grouping, atLeast: zeros)
        }
        let body = digits + rest
        let missing = max(0, width - sign.count - prefix.count - body.count)
        let padding = String(repeating: fill, count: missing)
        switch alignment {
        case "<": return sign + prefix + body + padding
        case "=": return sign + prefix + padding + body
        case "^":
            let left = String(padding.prefix(missing / 2))
            return left + sign + prefix + body + padding.dropFirst(missing / 2)
        default: return padding + sign + prefix + body
        }
    }

    /// Digits in groups, with zeros before them until they are so many characters.
    private static func grouped(
        _ digits: String, by size: Int, with separator: Character, atLeast width: Int
    ) -> String {
        var rest = Array(digits)
        var groups: [String] = []
        var missing = width
        repeat {
            let length = min(size, max(rest.count, missing, 1))
            let taken = rest.suffix(length)
            groups.append(String(repeating: "0", count: length - taken.count) + String(taken))
            rest.removeLast(taken.count)
            missing -= length
            if rest.isEmpty, missing <= 0 { break }
            missing -= 1
        } while true
        return groups.reversed().joined(separator: String(separator))
    }
}
