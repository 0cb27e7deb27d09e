extension JSONValue {
    /// The value as UTF-8 JSON, on one line or indented by two spaces.
    ///
    /// Doubles are written with the fewest digits that read back the same; NaN and infinities as the strings
    /// `"NaN"`, `"Infinity"`, `"-Infinity"`.
    public func encoded(pretty: Bool = false) -> [UInt8] {
        var output: [UInt8] = []
        append(to: &output, pretty: pretty)
        return output
    }

    /// The value as JSON text.
    public func encodedString(pretty: Bool = false) -> String {
        String(decoding: encoded(pretty: pretty), as: UTF8.self)
    }

    /// Appends the value as UTF-8 JSON, for documents written in pieces.
    public func append(to output: inout [UInt8], pretty: Bool = false) {
        append(to: &output, indentation: pretty ? 0 : nil)
    }

    private func append(to output: inout [UInt8], indentation: Int?) {
        switch self {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let value): value.appendJSON(to: &output)
        case .integer(let value): value.appendJSON(to: &output)
        case .number(let value): value.appendJSON(to: &output)
        case .string(let value): value.appendJSON(to: &output)
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                Self.separate(index, indentation, &output)
                element.append(to: &output, indentation: indentation.map { $0 + 1 })
            }
            Self.close("]", isEmpty: elements.isEmpty, indentation, &output)
        case .object(let members):
            output.append(UInt8(ascii: "{"))
            for (index, member) in members.elements.enumerated() {
                Self.separate(index, indentation, &output)
                member.key.appendJSON(to: &output)
                output.append(contentsOf: indentation == nil ? ":".utf8 : ": ".utf8)
                member.value.append(to: &output, indentation: indentation.map { $0 + 1 })
            }
            Self.close("}", isEmpty: members.isEmpty, indentation, &output)
        }
    }

    private static func separate(_ index: Int, _ indentation: Int?, _ output: inout [UInt8]) {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        if let indentation { breakLine(indentation + 1, &output) }
    }

    private static func close(
        _ bracket: Unicode.Scalar, isEmpty: Bool, _ indentation: Int?, _ output: inout [UInt8]
    ) {
        if let indentation, !isEmpty { breakLine(indentation, &output) }
        output.append(UInt8(ascii: bracket))
    }

    private static func breakLine(_ indentation: Int, _ output: inout [UInt8]) {
        output.append(0x0A)
        output.append(contentsOf: repeatElement(0x20, count: 2 * indentation))
    }
}

extension String {
    /// Appends the text as a JSON string: quoted, with `"`, `\` and control characters escaped.
    public func appendJSON(to output: inout [UInt8]) {
        var text = self
        text.withUTF8 { bytes in
            output.append(UInt8(ascii: "\""))
            var plain = 0
            for (index, byte) in bytes.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5C {
                output.append(contentsOf: bytes[plain..<index])
                Self.appendEscape(of: byte, to: &output)
                plain = index + 1
            }
            output.append(contentsOf: bytes[plain...])
            output.append(UInt8(ascii: "\""))
        }
    }

    private static func appendEscape(of byte: UInt8, to output: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""): output.append(contentsOf: #"\""#.utf8)
        case UInt8(ascii: "\\"): output.append(contentsOf: #"\\"#.utf8)
        case 0x0A: output.append(contentsOf: #"\n"#.utf8)
        case 0x0D: output.append(contentsOf: #"\r"#.utf8)
        case 0x09: output.append(contentsOf: #"\t"#.utf8)
        default:
            output.append(contentsOf: byte < 0x10 ? #"\u000"#.utf8 : #"\u00"#.utf8)
            output.append(contentsOf: String(byte, radix: 16).utf8)
        }
    }
}
