import HTTPTypes
import Protocol

/// A request's JSON content, and its bytes, by which a repeat is told.
struct JSONBody {
    let value: JSONValue
    let bytes: [UInt8]

    /// Bytes of memory that so many bytes of JSON are parsed into at most: numbers of one digit in arrays of their own.
    static func memory(_ count: Int) -> Int { count.multipliedClamped(by: 27) }
}

extension Request {
    /// Reads the content as JSON.
    /// - Throws: 415 unless the request says that it is JSON, 413 past the limit, 503 when memory for it is short, 400 for
    ///   what is none.
    func json(_ limits: APILimits) async throws(Problem) -> JSONBody {
        guard fields[.contentType].flatMap({ MediaType(parsing: $0) }) == .json else {
            throw Problem(
                .unsupportedMediaType, "Send JSON with Content-Type: application/json (curl --json).")
        }
        let bytes = try await body.collect(upTo: limits.jsonBytes, in: memory)
        try memory?.take(JSONBody.memory(bytes.count))
        let depth = JSONLimits(maximumDepth: limits.jsonDepth)
        return JSONBody(value: try JSONValue(parsing: bytes, limits: depth), bytes: bytes)
    }

    /// What the router read from the path.
    func parameter(_ name: String) -> String { parameters[name] ?? "" }

    /// A whole number of the query.
    /// - Throws: 400 when it is none, or outside the range.
    func queryInteger(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = queryValue(name) else { return nil }
        let isDigits = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isDigits, let number = Int(text), range.contains(number) else {
            throw Problem(
                .malformed,
                "Query parameter \(name) is '\(text.prefix(80))'; it takes \(range.lowerBound) to \(range.upperBound)."
            )
        }
        return number
    }

    /// One of a few words of the query.
    /// - Throws: 400 when it is another.
    func queryChoice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _: Choice.Type = Choice.self
    ) throws(Problem) -> Choice? where Choice.RawValue == String {
        guard let text = queryValue(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue)
            throw Problem(
                .malformed,
                "Query parameter \(name) cannot be '\(text.prefix(80))'. It is one of \(known.joined(separator: ", "))."
            )
        }
        return choice
    }

    /// For how many seconds the answer may be held: `?wait=`, or `Prefer: wait=`.
    /// - Throws: 400 when the query's is no number of seconds.
    func waitSeconds(upTo limit: Int) throws(Problem) -> Int? {
        if let seconds = try queryInteger("wait", in: 0...limit) { return seconds }
        return Preferences(self).wait.map { min($0, limit) }
    }

    /// The best of the offered types.
    /// - Throws: 406 when the client takes none.
    func negotiated(_ offered: [MediaType]) throws(Problem) -> MediaType {
        guard let type = negotiate(self, offered) else { throw notAcceptable(offered) }
        return type
    }
}
