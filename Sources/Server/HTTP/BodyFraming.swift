import HTTPTypes
import Protocol

/// Where a request's content ends (RFC 9112, 6.3).
package enum BodyFraming: Sendable, Hashable {
    /// After so many bytes; 0 when the request says nothing of a content.
    case length(Int)
    /// After the last chunk.
    case chunked

    /// The framing that the fields say. Anything on which two readers could differ is 400; a transfer coding
    /// that is not spoken here is 501.
    init(_ fields: [HTTPField], isVersion10: Bool) throws(Problem) {
        let lengths = fields.filter { $0.name == .contentLength }
        let codings = fields.filter { $0.name == .transferEncoding }
        if !codings.isEmpty {
            guard lengths.isEmpty else {
                throw Problem(.malformed, "Content-Length and Transfer-Encoding exclude each other.")
            }
            guard !isVersion10 else { throw Problem(.malformed, "HTTP/1.0 has no Transfer-Encoding.") }
            guard codings.count == 1 else { throw Problem(.malformed, "Transfer-Encoding is given twice.") }
            try Self.checkCodings(codings[0].value)
            self = .chunked
        } else if lengths.isEmpty {
            self = .length(0)
        } else {
            guard lengths.count == 1 else { throw Problem(.malformed, "Content-Length is given twice.") }
            self = .length(try Self.parseLength(lengths[0].value))
        }
    }

    private static func parseLength(_ text: String) throws(Problem) -> Int {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard !text.isEmpty, text.utf8.allSatisfy(digits.contains), let length = Int(text) else {
            throw Problem(.malformed, "Content-Length is not a number of digits below 2^63.")
        }
        return length
    }

    private static func checkCodings(_ text: String) throws(Problem) {
        let codings = text.split(separator: ",", omittingEmptySubsequences: false).map {
            $0.trimmingBlanks().lowercased()
        }
        guard codings.allSatisfy({ isToken($0.prefix { $0 != ";" }.trimmingBlanks().utf8) }) else {
            throw Problem(.malformed, "Transfer-Encoding is not a list of codings.")
        }
        guard !codings.dropLast().contains("chunked") else {
            throw Problem(.malformed, "The transfer coding chunked is given once, and last.")
        }
        guard codings == ["chunked"] else {
            throw Problem(.notImplemented, "The only transfer coding known here is chunked.")
        }
    }
}

extension HTTPField.Name {
    static let transferEncoding = HTTPField.Name.known("Transfer-Encoding")
    /// `Host`, which HTTPTypes keeps as the authority alone.
    static let hostField = HTTPField.Name.known("Host")
}
