import HTTPTypes
import Protocol

/// Which bytes of a content a `Range` field asks for.
public enum ByteRange: Sendable, Hashable {
    /// All of them: no range, several ranges, another unit, or a field that is not a range (RFC 9110, 14.2
    /// has a server ignore what it does not serve).
    case whole
    /// Some of them; answer 206.
    case part(Range<Int>)
    /// None that exist; answer 416.
    case unsatisfiable
}

/// Reads `Range: bytes=FIRST-LAST`, `bytes=FIRST-` or `bytes=-SUFFIX` for a content of `size` bytes.
public func byteRange(_ field: String?, size: Int) -> ByteRange {
    guard let field, let equals = field.firstIndex(of: "="), field[..<equals].lowercased() == "bytes" else {
        return .whole
    }
    let bounds = field[field.index(after: equals)...].split(separator: "-", omittingEmptySubsequences: false)
    guard bounds.count == 2 else { return .whole }
    let first = position(bounds[0].drop { $0 == " " || $0 == "\t" })
    let last = position(bounds[1])
    switch (first, last) {
    case (.number(let first), .number(let last)):
        guard first <= last else { return .whole }
        return first < size ? .part(first..<min(last, size - 1) + 1) : .unsatisfiable
    case (.number(let first), .absent):
        return first < size ? .part(first..<size) : .unsatisfiable
    case (.absent, .number(let suffix)):
        return suffix > 0 && size > 0 ? .part(max(0, size - suffix)..<size) : .unsatisfiable
    default:
        return .whole
    }
}

private enum Position {
    case absent, number(Int), invalid
}

/// A number of digits alone; one past `Int` lies behind every content, as `Int.max` does.
private func position(_ text: Substring) -> Position {
    if text.isEmpty { return .absent }
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
        return .invalid
    }
    return .number(Int(text) ?? .max)
}

extension Response {
    /// The part of a 200 answer that the request's `Range` asks for: 206 with `Content-Range`, 416 when no
    /// such bytes exist, or the answer as it is. `If-Range` is honoured. A stream is never cut.
    public func ranged(for request: Request) -> Response {
        let size: Int
        switch body {
        case .bytes(let bytes): size = bytes.count
        case .file(_, _, let count): size = count
        case .none, .stream: return self
        }
        guard status == .ok else { return self }
        var response = self
        response.fields[.acceptRanges] = "bytes"
        guard request.method == .get || request.method == .head, isCurrent(request.fields[.ifRange]) else {
            return response
        }
        switch byteRange(request.fields[.range], size: size) {
        case .whole: return response
        case .unsatisfiable:
            return .problem(
                Problem(.rangeNotSatisfiable, "The content has \(size) bytes; the range lies behind them."),
                fields: [.contentRange: "bytes */\(size)", .acceptRanges: "bytes"])
        case .part(let range):
            response.status = .partialContent
            response.fields[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
            if case .file(let path, let offset, _) = body {
                response.body = .file(path: path, offset: offset + range.lowerBound, count: range.count)
            } else if case .bytes(let bytes) = body {
                response.body = .bytes(Array(bytes[range]))
            }
            return response
        }
    }

    /// Whether an `If-Range` names this state, by strong comparison; a date never does.
    private func isCurrent(_ ifRange: String?) -> Bool {
        guard let ifRange else { return true }
        guard let asked = EntityTag(parsing: ifRange), let own = fields[.eTag] else { return false }
        return !asked.isWeak && asked.description == own
    }
}
