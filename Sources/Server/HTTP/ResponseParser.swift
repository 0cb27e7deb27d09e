import HTTPTypes
import Protocol

/// Reads the head of a response (RFC 9112, 4) from bytes as they come. It does no I/O.
package struct ResponseParser {
    private static let lineLimit = 1 << 10

    private var reader = LineReader()
    private var status: Int?
    private var section = FieldSection(limits: HeadLimits())

    /// A parser at the beginning of an answer.
    package init() {}

    /// Takes bytes off `input`, up to the end of a head; nil when they end before it does. Heads of 1xx come as others do.
    package mutating func parse(_ input: inout ArraySlice<UInt8>) throws(Problem) -> HTTPResponse? {
        if status == nil {
            guard
                try reader.read(
                    &input, limit: Self.lineLimit, isAllowed: isFieldByte,
                    tooLong: { _ in Problem(.malformed, "The status line is too long.") })
            else { return nil }
            status = try Self.status(reader.line)
        }
        guard let status, try section.read(&input) else { return nil }
        var response = HTTPResponse(status: HTTPResponse.Status(code: status))
        for field in section.fields { response.headerFields.append(field) }
        self = ResponseParser()
        return response
    }

    /// The number in `HTTP/1.1 200 OK`.
    private static func status(_ line: [UInt8]) throws(Problem) -> Int {
        let text = String(decoding: line, as: UTF8.self)
        guard text.hasPrefix("HTTP/1."), let status = Int(text.dropFirst(9).prefix(3)), 100...599 ~= status
        else { throw Problem(.malformed, "The answer does not begin with a status line of HTTP/1.1.") }
        return status
    }
}

extension BodyDecoder {
    /// A decoder for the content of a response; one that says nothing of its length goes on until the connection ends.
    package init(of response: HTTPResponse) throws(Problem) {
        let fields = Array(response.headerFields)
        let isFramed = fields.contains { $0.name == .contentLength || $0.name == .transferEncoding }
        if [204, 304].contains(response.status.code) {
            self.init(.length(0), limit: .max)
        } else if isFramed {
            self.init(try BodyFraming(fields, isVersion10: false), limit: .max)
        } else {
            self.init(.length(.max), limit: .max)
        }
    }

    /// Whether the content may end here, with the connection.
    package var mayEnd: Bool { isComplete || rest.map { $0 > Int.max / 2 } ?? false }
}
