import HTTPTypes
import Protocol

/// Takes the transfer coding `chunked` (RFC 9112, 7.1) off bytes as they come.
struct ChunkedDecoder {
    private enum State {
        case size, data(Int), dataEnd, trailers, complete
    }

    /// The most bytes of a line with a chunk's size and extensions.
    private static let lineLimit = 1 << 10

    private var state = State.size
    private var reader = LineReader()
    private var trailers: FieldSection

    init(limits: HeadLimits) { trailers = FieldSection(limits: limits) }

    /// Whether the last chunk and the trailers have been read.
    var isComplete: Bool { if case .complete = state { true } else { false } }

    /// Takes bytes off `input` and appends their content to `output`.
    ///
    /// - Parameters:
    ///   - limit: The most bytes of the whole content; 413 for a chunk beyond it.
    ///   - count: The bytes that have come before `output`.
    mutating func decode(
        _ input: inout ArraySlice<UInt8>, into output: inout [UInt8], limit: Int, behind count: Int
    ) throws(Problem) {
        while !input.isEmpty {
            switch state {
            case .size:
                guard try readLine(&input) else { return }
                let size = try Self.size(reader.line)
                guard size <= limit - count - output.count else { throw RequestBody.tooLarge(limit: limit) }
                state = size == 0 ? .trailers : .data(size)
                reader.begin()
            case .data(let rest):
                let part = input.prefix(rest)
                output += part
                input = input[part.endIndex...]
                state = part.count == rest ? .dataEnd : .data(rest - part.count)
            case .dataEnd:
                guard try readLine(&input) else { return }
                state = .size
                reader.begin()
            case .trailers:
                guard try trailers.read(&input) else { return }
                try Self.check(trailers.fields)
                state = .complete
            case .complete:
                return
            }
        }
    }

    private mutating func readLine(_ input: inout ArraySlice<UInt8>) throws(Problem) -> Bool {
        // Behind a chunk's data there is nothing but the line's end.
        var limit = Self.lineLimit
        if case .dataEnd = state { limit = 0 }
        return try reader.read(
            &input, limit: limit, isAllowed: isFieldByte,
            tooLong: { _ in
                Problem(
                    .malformed,
                    limit == 0
                        ? "A chunk has more data than its size says."
                        : "A chunk's size and extensions are longer than \(limit) bytes.")
            })
    }

    /// The size at the beginning of a chunk's line: hexadecimal digits, then extensions or nothing.
    private static func size(_ line: [UInt8]) throws(Problem) -> Int {
        var size = 0
        var index = 0
        while index < line.count, let digit = hexadecimalDigit(line[index]) {
            guard index < 16, size <= Int.max >> 4 else {
                throw Problem(.malformed, "A chunk's size is beyond 2^63 bytes.")
            }
            size = size << 4 | Int(digit)
            index += 1
        }
        guard index > 0, areExtensions(line[index...]) else {
            throw Problem(.malformed, "A chunk's size is not hexadecimal digits with optional extensions.")
        }
        return size
    }

    /// Whether bytes are `;name`, `;name=token` or `;name="text"`, any number of times. What an extension
    /// means is not known here, so that it is left out.
    private static func areExtensions(_ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            guard rest.removeFirst() == UInt8(ascii: ";") else { return false }
            rest = rest.drop(while: isBlank)
            let name = rest.prefix(while: isTokenByte)
            guard !name.isEmpty else { return false }
            rest = rest[name.endIndex...].drop(while: isBlank)
            guard rest.first == UInt8(ascii: "=") else { continue }
            rest = rest.dropFirst().drop(while: isBlank)
            if rest.first == UInt8(ascii: "\"") {
                guard let end = endOfQuotedString(rest) else { return false }
                rest = rest[end...]
            } else {
                let value = rest.prefix(while: isTokenByte)
                guard !value.isEmpty else { return false }
                rest = rest[value.endIndex...]
            }
        }
        return true
    }

    /// The index behind the quoted string at the beginning of `bytes`.
    private static func endOfQuotedString(_ bytes: ArraySlice<UInt8>) -> Int? {
        var index = bytes.startIndex + 1
        while index < bytes.endIndex {
            switch bytes[index] {
            case UInt8(ascii: "\""): return index + 1
            case UInt8(ascii: "\\"): index += 2
            default: index += 1
            }
        }
        return nil
    }

    /// Trailers are read and left out; those that would change what the head said are refused.
    private static func check(_ fields: [HTTPField]) throws(Problem) {
        let refused: Set<HTTPField.Name> = [
            .contentLength, .transferEncoding, .hostField, .contentEncoding, .contentType, .contentRange,
            .expect,
            .authorization, .connection, .trailer, .te,
        ]
        for field in fields where refused.contains(field.name) {
            throw Problem(.malformed, "\(field.name) may not be a trailer.")
        }
    }
}
