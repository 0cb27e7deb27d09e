import HTTPTypes
import Protocol
import Server
import Testing

/// Expectations from RFC 9110, 14.1.2.
@Suite struct ByteRangeTests {
    @Test(arguments: [
        ("bytes=0-499", ByteRange.part(0..<500)), ("bytes=500-999", .part(500..<1000)),
        ("bytes=-500", .part(9500..<10000)), ("bytes=9500-", .part(9500..<10000)),
        ("bytes=0-0", .part(0..<1)), ("bytes=-1", .part(9999..<10000)), ("Bytes=0-0", .part(0..<1)),
        ("bytes=0-99999999", .part(0..<10000)), ("bytes=-99999999", .part(0..<10000)),
        ("bytes=0-99999999999999999999999", .part(0..<10000)),
        ("bytes=10000-", .unsatisfiable), ("bytes=10000-10001", .unsatisfiable), ("bytes=-0", .unsatisfiable),
        ("bytes=99999999999999999999999-", .unsatisfiable),
        ("bytes=0-0,-1", .whole), ("bytes=5-4", .whole), ("bytes=", .whole), ("bytes=-", .whole),
        ("bytes=a-b", .whole), ("bytes=+1-2", .whole), ("bytes=--1", .whole), ("lines=0-1", .whole),
        ("bytes", .whole), ("bytes=1-2-3", .whole),
    ])
    func rangesAreRead(field: String, expected: ByteRange) {
        #expect(byteRange(field, size: 10_000) == expected)
    }

    @Test func emptyContentHasNoRange() {
        #expect(byteRange("bytes=0-", size: 0) == .unsatisfiable)
        #expect(byteRange("bytes=-5", size: 0) == .unsatisfiable)
        #expect(byteRange(nil, size: 0) == .whole)
    }

    func answer(_ fields: HTTPFields, tag: String = "\"a\"") throws -> Response {
        let request = try Request(
            head: HTTPRequest(
                method: .get, scheme: "http", authority: "localhost", path: "/", headerFields: fields))
        return Response.bytes(
            Array("0123456789".utf8), contentType: "text/plain", fields: [.eTag: tag]
        ).ranged(for: request)
    }

    @Test func answerIsCut() throws {
        let part = try answer([.range: "bytes=2-4"])
        #expect(part.status == .partialContent)
        #expect(part.fields[.contentRange] == "bytes 2-4/10")
        guard case .bytes(let bytes) = part.body else {
            Issue.record("not bytes")
            return
        }
        #expect(bytes == Array("234".utf8))
        let none = try answer([.range: "bytes=10-"])
        #expect(none.status == .rangeNotSatisfiable)
        #expect(none.fields[.contentRange] == "bytes */10")
        #expect(try answer([:]).status == .ok)
        #expect(try answer([:]).fields[.acceptRanges] == "bytes")
    }

    @Test func fileIsCut() throws {
        let request = try Request(
            head: HTTPRequest(
                method: .get, scheme: "http", authority: "localhost", path: "/",
                headerFields: [.range: "bytes=-3"]))
        let response = Response.file(path: "/f", offset: 100, count: 50, contentType: "a/b")
            .ranged(for: request)
        guard case .file("/f", 147, 3) = response.body else {
            Issue.record("\(response.body)")
            return
        }
    }

    @Test(arguments: [
        ("\"a\"", "\"a\"", 206), ("\"b\"", "\"a\"", 200), ("W/\"a\"", "\"a\"", 200),
        ("W/\"a\"", "W/\"a\"", 200),
        ("Sun, 06 Nov 1994 08:49:37 GMT", "\"a\"", 200),
    ])
    func ifRangeComparesStrongly(field: String, tag: String, status: Int) throws {
        #expect(try answer([.range: "bytes=0-1", .ifRange: field], tag: tag).status.code == status)
    }
}
