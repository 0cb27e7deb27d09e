import HTTPTypes
import Protocol
import Server
import Testing

/// Answers of other servers, read as RFC 9112 has them.
struct ResponseParserTests {
    /// Reads an answer that comes in pieces of a size: its status, its content, and whether it may end there.
    private func read(
        _ text: String, pieces: Int = .max
    ) throws -> (status: Int?, content: String, isWhole: Bool) {
        var parser = ResponseParser()
        var head: HTTPResponse?
        var decoder = BodyDecoder(.length(0), limit: 0)
        var content: [UInt8] = []
        var rest = Array(text.utf8)[...]
        var input: ArraySlice<UInt8> = []
        while !rest.isEmpty {
            input += rest.prefix(pieces)
            rest = rest.dropFirst(pieces)
            while head == nil, let next = try parser.parse(&input) {
                guard next.status.code >= 200 else { continue }
                head = next
                decoder = try BodyDecoder(of: next)
            }
            if head != nil { content += try decoder.decode(&input) }
        }
        return (head?.status.code, String(decoding: content, as: UTF8.self), decoder.mayEnd)
    }

    @Test(arguments: [1, 2, 7, Int.max])
    func anAnswerIsTheSameInAnyPieces(_ size: Int) throws {
        let fixed = try read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", pieces: size)
        #expect(fixed == (200, "hello", true))
        let chunked = try read(
            "HTTP/1.1 409 Conflict\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
            pieces: size)
        #expect(chunked == (409, "abcde", true))
    }

    @Test func interimAnswersComeBeforeTheFinalOne() throws {
        let answer = try read(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok")
        #expect(answer == (201, "ok", true))
    }

    @Test func withoutALengthTheContentGoesOnToTheEnd() throws {
        #expect(try read("HTTP/1.0 200\r\n\r\nall of it") == (200, "all of it", true))
        #expect(try read("HTTP/1.1 204 No Content\r\n\r\n") == (204, "", true))
    }

    @Test func whatIsCutShortIsNotWhole() throws {
        #expect(try read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel") == (200, "hel", false))
        let cut = try read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        #expect(cut == (200, "abc", false))
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 600 More\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
    ])
    func whatIsNoAnswerIsRefused(_ text: String) {
        #expect(throws: Problem.self) { try read(text) }
    }
}
