import HTTPTypes
import Protocol

/// Reads lines of fields (RFC 9112, 5) up to the empty line behind them, within limits.
struct FieldSection {
    private var reader = LineReader()
    private var bytes = 0
    private let limits: HeadLimits
    /// The fields so far.
    private(set) var fields: [HTTPField] = []

    init(limits: HeadLimits) { self.limits = limits }

    /// Takes bytes, and says whether the section is complete.
    mutating func read(_ input: inout ArraySlice<UInt8>) throws(Problem) -> Bool {
        let limits = limits
        while try reader.read(
            &input, limit: min(limits.field, limits.fields - bytes), isAllowed: isFieldByte,
            tooLong: { Self.tooLong($0, limits) })
        {
            if reader.line.isEmpty { return true }
            bytes += reader.line.count + 2
            guard bytes <= limits.fields else { throw Self.tooLong(reader.line, limits) }
            guard fields.count < limits.fieldCount else {
                throw Problem(.fieldsTooLarge, "There are more than \(limits.fieldCount) fields.")
            }
            fields.append(try parseFieldLine(reader.line))
            reader.begin()
        }
        return false
    }

    private static func tooLong(_ line: [UInt8], _ limits: HeadLimits) -> Problem {
        Problem(
            .fieldsTooLarge,
            line.count == limits.field
                ? "A field is longer than \(limits.field) bytes."
                : "The fields are longer than \(limits.fields) bytes together.")
    }
}

/// One field from its line: a token, a colon right behind it, and a value between optional blanks.
private func parseFieldLine(_ line: [UInt8]) throws(Problem) -> HTTPField {
    guard let first = line.first, !isBlank(first) else {
        throw Problem(.malformed, "A field line begins with a blank; folded lines are obsolete.")
    }
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
        throw Problem(.malformed, "A field line has no colon.")
    }
    guard isToken(line[..<colon]), let name = HTTPField.Name(String(decoding: line[..<colon], as: UTF8.self))
    else {
        throw Problem(.malformed, "A field's name is empty or has a character that names may not have.")
    }
    var value = line[(colon + 1)...]
    while let byte = value.first, isBlank(byte) { value = value.dropFirst() }
    while let byte = value.last, isBlank(byte) { value = value.dropLast() }
    return HTTPField(name: name, value: value)
}
