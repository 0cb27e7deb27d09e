import HTTPTypes
import Protocol

/// A compressed content, whole and byte by byte: both come to the same.
func gzip(_ bytes: [UInt8]) -> Int32 {
    let most = 1 << 20
    func content(pieces: Int) -> (output: [UInt8], isComplete: Bool, detail: String?) {
        let inflater = GzipInflater()
        var output: [UInt8] = []
        var rest = bytes[...]
        do throws(Problem) {
            while !rest.isEmpty {
                inflater.supply(Array(rest.prefix(pieces)))
                rest = rest.dropFirst(pieces)
                while let piece = try inflater.next() {
                    output += piece
                    if output.count > most { return ([], false, nil) }
                }
            }
        } catch {
            return ([], false, error.detail)
        }
        return (output, inflater.isComplete, nil)
    }
    guard content(pieces: max(1, bytes.count)) == content(pieces: 1) else {
        fatalError("A content that is split is another.")  // safe: this is what is looked for
    }
    return 0
}

/// A request's target in the first line, and in the next ones what it says of the answer that it would like.
func fields(_ bytes: [UInt8]) -> Int32 {
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
    let names: [HTTPField.Name] = [
        .range, .ifRange, .ifMatch, .ifNoneMatch, .accept, .acceptEncoding, .prefer, .contentType,
    ]
    var head = HTTPRequest(method: .get, scheme: "http", authority: "a", path: lines.first)
    for (name, line) in zip(names, lines.dropFirst()) where !line.isEmpty { head.headerFields[name] = line }
    guard let request = try? Request(head: head) else { return 0 }
    _ = Preferences(request)
    _ = negotiate(request, [.json, .npy, .csv])
    _ = head.headerFields[.contentType].flatMap { MediaType(parsing: $0) }
    let tag = EntityTag("a")
    _ = try? conditional(request, current: tag)
    let whole = Response.bytes(
        [UInt8](repeating: 0x61, count: 2000), contentType: "text/plain", fields: [.eTag: tag.description])
    let answer = whole.ranged(for: request).coded(for: head.headerFields[.acceptEncoding])
    guard case .bytes(let content) = answer.body, content.count <= 2000 else {
        fatalError("A part is more than the whole.")  // safe: this is what is looked for
    }
    return 0
}
