import Foundation
import Protocol
import Server
import Testing

/// Contents that come with their request's head, in part or whole, and what follows them.
@Suite struct ArrivingContentTests {
    private static let content = "GET /fail HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let next = "GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n"

    private static func post(_ target: String, _ fields: String = "") -> String {
        "POST \(target) HTTP/1.1\r\nHost: localhost\r\n\(fields)Content-Length: \(content.utf8.count)\r\n\r\n\(content)"
    }

    /// Handed on with the head or read by the handler, it has the same bytes, and the request behind it is answered.
    @Test func itIsTheSameHoweverItArrives() throws {
        let server = try TestServer()
        let request = Self.post("/echo") + Self.next
        for cut in 1...request.count {
            let client = try TestClient(server.address)
            client.send(String(request.prefix(cut)))
            // The server has it before the rest comes. The thread itself waits: a task would be behind all other tests.
            if cut < request.count { Thread.sleep(forTimeInterval: 0.001) }
            client.send(String(request.dropFirst(cut)))
            #expect(try client.answer().text == Self.content, "cut behind \(cut) bytes")
            #expect(try client.answer().text == "ok", "cut behind \(cut) bytes")
        }
    }

    @Test func whatNobodyReadsIsNoRequest() throws {
        let server = try TestServer()
        let client = try TestClient(server.address)
        client.send(Self.post("/unread") + Self.post("/missing") + Self.next)
        #expect(try client.answer().text == "unread")
        #expect(try client.answer().status == 404)
        #expect(try client.answer().text == "ok")
    }

    @Test func whatIsReadPieceByPieceEnds() throws {
        let server = try TestServer()
        let client = try TestClient(server.address)
        client.send(Self.post("/count") + Self.post("/count", "Content-Encoding: identity\r\n") + Self.next)
        for _ in 0..<2 { #expect(try client.answer().text == "\(Self.content.utf8.count)") }
        #expect(try client.answer().text == "ok")
    }

    @Test func limitsAndCodingsHoldForIt() throws {
        let server = try TestServer { $0.contentLimit = Self.content.utf8.count - 1 }
        #expect(try TestClient.exchange(server.address, Self.post("/echo")).status == 413)
        let roomy = try TestServer()
        let coded = Self.post("/echo", "Content-Encoding: br\r\n")
        #expect(try TestClient.exchange(roomy.address, coded).status == 415)
        let packed = Self.post("/echo", "Content-Encoding: gzip\r\n")
        #expect(try TestClient.exchange(roomy.address, packed).status == 400)
    }
}
