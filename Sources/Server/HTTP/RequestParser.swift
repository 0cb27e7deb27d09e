import HTTPTypes
import Protocol

/// The head of a request, and what it says about the connection.
package struct RequestHead: Sendable {
    /// Method, target and fields. `Host` is in the authority and not among the fields.
    package let request: HTTPRequest
    /// Whether the client speaks HTTP/1.0.
    package let isVersion10: Bool
    /// Where the content ends.
    package let framing: BodyFraming
    /// Whether the client would send another request on the connection.
    package let keepsAlive: Bool
    /// What the client expects before it sends the content.
    package let expectation: Expectation

    /// What `Expect` says (RFC 9110, 10.1.1).
    package enum Expectation: Sendable {
        case none
        /// `100-continue`.
        case `continue`
        /// Something else, which is 417.
        case other
    }
}

/// Reads the heads of requests (RFC 9112) from bytes as they come, strictly: what two readers could
/// understand in two ways is refused. It does no I/O. What it throws is the answer, behind which the
/// connection has to be closed: nothing after it can be trusted.
package struct RequestParser {
    private let limits: HeadLimits
    private var reader = LineReader()
    private var line: RequestLine?
    private var section: FieldSection
    private var mayBeginWithEmptyLine = true

    /// A parser at the beginning of a connection.
    package init(limits: HeadLimits = HeadLimits()) {
        self.limits = limits
        section = FieldSection(limits: limits)
    }

    /// Whether no byte of a head has come since the last one.
    package var isEmpty: Bool { line == nil && reader.isEmpty }

    /// Takes bytes off `input`, up to the end of a head; nil when they end before it does.
    package mutating func parse(_ input: inout ArraySlice<UInt8>) throws(Problem) -> RequestHead? {
        if line == nil {
            guard try readRequestLine(&input) else { return nil }
        }
        guard let line, try section.read(&input) else { return nil }
        let head = try Self.head(line, fields: section.fields)
        self = RequestParser(limits: limits)
        return head
    }

    private mutating func readRequestLine(_ input: inout ArraySlice<UInt8>) throws(Problem) -> Bool {
        let limits = limits
        // The method and the version take a few bytes beside the target.
        while try reader.read(
            &input, limit: limits.target + 64, isAllowed: { $0 >= 0x20 && $0 < 0x7F },
            tooLong: { line in
                line.prefix(64).contains(0x20)
                    ? RequestLine.targetTooLong(limits)
                    : Problem(.notImplemented, "No method is as long as this one.")
            })
        {
            // RFC 9112, 2.2: old clients send an empty line behind a content.
            if reader.line.isEmpty, mayBeginWithEmptyLine {
                mayBeginWithEmptyLine = false
                continue
            }
            line = try RequestLine(reader.line, limits: limits)
            return true
        }
        return false
    }

    private static func head(_ line: RequestLine, fields: [HTTPField]) throws(Problem) -> RequestHead {
        let framing = try BodyFraming(fields, isVersion10: line.isVersion10)
        let hosts = fields.filter { $0.name == .hostField }
        guard hosts.count == 1 || hosts.isEmpty && line.isVersion10 else {
            throw Problem(.malformed, hosts.isEmpty ? "HTTP/1.1 needs a Host field." : "Host is given twice.")
        }
        let host = hosts.first?.value
        for name in [host, line.authority].compactMap({ $0 }) where HostField(name) == nil {
            throw Problem(.malformed, "\(name.debugDescription) is not a host with an optional port.")
        }
        let request = HTTPRequest(
            method: line.method, scheme: "http", authority: line.authority ?? host, path: line.path,
            headerFields: HTTPFields(fields.filter { $0.name != .hostField }))
        let options = Set(
            fields.filter { $0.name == .connection }.flatMap { $0.value.split(separator: ",") }
                .map { $0.trimmingBlanks().lowercased() })
        return RequestHead(
            request: request, isVersion10: line.isVersion10, framing: framing,
            keepsAlive: !options.contains("close") && line.method != .connect
                && (!line.isVersion10 || options.contains("keep-alive")),
            expectation: expectation(request.headerFields, isVersion10: line.isVersion10))
    }

    private static func expectation(
        _ fields: HTTPFields, isVersion10: Bool
    ) -> RequestHead.Expectation {
        guard let expect = fields[.expect] else { return .none }
        guard expect.lowercased() == "100-continue" else { return .other }
        return isVersion10 ? .none : .continue
    }
}
