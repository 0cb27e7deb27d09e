import CZlib
import HTTPTypes
import Protocol
import Server
import Testing

/// zlib itself, as a client uses it.
enum Gzip {
    static func compress(_ bytes: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        deflateInit2_(
            &stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        defer { deflateEnd(&stream) }
        var bytes = bytes
        var output = [UInt8](repeating: 0, count: bytes.count / 500 + 1000 + min(bytes.count, 1 << 20))
        var count = 0
        bytes.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                deflate(&stream, Z_FINISH)
                count = output.count - Int(stream.avail_out)
            }
        }
        return Array(output.prefix(count))
    }

    /// Inflates as much as there is; nil when it is not gzip.
    static func inflate(_ bytes: [UInt8]) -> (output: [UInt8], isWhole: Bool)? {
        var stream = z_stream()
        inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        defer { inflateEnd(&stream) }
        var bytes = bytes
        var output = [UInt8](repeating: 0, count: 1 << 20)
        var count = 0
        var status = Z_OK
        bytes.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                status = CZlib.inflate(&stream, Z_SYNC_FLUSH)
                count = output.count - Int(stream.avail_out)
            }
        }
        guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { return nil }
        return (Array(output.prefix(count)), status == Z_STREAM_END)
    }
}

@Suite(.serialized) struct ContentCodingTests {
    let server: TestServer

    init() throws {
        server = try TestServer { $0.inflatedLimit = 8 << 20 }
    }

    func post(_ target: String, coding: String, _ content: [UInt8], chunked: Bool = false) throws
        -> TestClient.Answer
    {
        let client = try TestClient(server.address)
        let start = "POST \(target) HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: \(coding)\r\n"
        if chunked {
            client.send(start + "Transfer-Encoding: chunked\r\n\r\n")
            for byte in content { client.send(Array("1\r\n".utf8) + [byte] + Array("\r\n".utf8)) }
            client.send("0\r\n\r\n")
        } else {
            client.send(start + "Content-Length: \(content.count)\r\n\r\n")
            client.send(content)
        }
        return try client.answer()
    }

    @Test func gzipContentIsInflated() throws {
        let text = Array(TestServer.long.utf8)
        let compressed = Gzip.compress(text)
        #expect(try post("/echo", coding: "gzip", compressed).body == text)
        #expect(try post("/echo", coding: "GZIP", compressed, chunked: true).body == text)
        #expect(try post("/echo", coding: "x-gzip", compressed).body == text)
        #expect(try post("/echo", coding: "identity", text).body == text)
        // Two members are one content (RFC 1952, 2.2).
        #expect(try post("/echo", coding: "gzip", compressed + compressed).body == text + text)
        #expect(try post("/echo", coding: "gzip", []).body == [])
    }

    @Test func brokenGzipIsMalformed() throws {
        let compressed = Gzip.compress(Array(TestServer.long.utf8))
        var flipped = compressed
        flipped[flipped.count - 6] ^= 1
        for content in [
            Array("hello, world".utf8), compressed.dropLast(), compressed.dropLast(20), flipped,
            compressed + [0], compressed + Array("x".utf8),
        ] as [[UInt8]] {
            #expect(try post("/echo", coding: "gzip", content).status == 400)
        }
    }

    @Test func otherCodingsAreUnsupported() throws {
        for coding in ["br", "deflate", "gzip, gzip", "zstd"] {
            #expect(try post("/echo", coding: coding, Array("x".utf8)).status == 415)
        }
        let client = try TestClient(server.address)
        client.send(
            "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: br\r\nExpect: 100-continue\r\n"
                + "Content-Length: 1\r\n\r\n")
        #expect(try client.answer().status == 415)
    }

    @Test func inflatedContentIsLimited() throws {
        // The deepest that deflate goes: a thousand to one.
        let bomb = Gzip.compress([UInt8](repeating: 0, count: 256 << 20))
        #expect(bomb.count < 1 << 20)
        let before = ThisProcess.memory
        #expect(try post("/count", coding: "gzip", bomb).status == 413)
        // Of 256; other suites take some meanwhile.
        #expect(ThisProcess.memory - before < 128 << 20)
        let fitting = Gzip.compress([UInt8](repeating: 0, count: 8 << 20))
        #expect(try post("/count", coding: "gzip", fitting).text == "\(8 << 20)")
    }

    func get(_ target: String, accept: String?) throws -> TestClient.Answer {
        let field = accept.map { "Accept-Encoding: \($0)\r\n" } ?? ""
        return try TestClient.exchange(
            server.address, "GET \(target) HTTP/1.1\r\nHost: localhost\r\n\(field)\r\n")
    }

    @Test(arguments: ["gzip", "deflate, gzip;q=0.5", "*", "GZIP", "br, *;q=0.1"])
    func longAnswersAreCompressed(accept: String) throws {
        let answer = try get("/long", accept: accept)
        #expect(answer["Content-Encoding"] == "gzip")
        #expect(answer["Vary"] == "Accept-Encoding")
        #expect(answer["ETag"] == "\"v1-gzip\"")
        #expect(answer.body.count < TestServer.long.utf8.count / 4)
        let inflated = try #require(Gzip.inflate(answer.body))
        #expect(inflated.isWhole)
        #expect(inflated.output == Array(TestServer.long.utf8))
    }

    @Test(arguments: [nil, "identity", "gzip;q=0", "*;q=0", "br", "gzip;q=0, *", ""] as [String?])
    func answersAreNotCompressedUnasked(accept: String?) throws {
        let answer = try get("/long", accept: accept)
        #expect(answer["Content-Encoding"] == nil)
        #expect(answer["Vary"] == "Accept-Encoding")
        #expect(answer["ETag"] == "\"v1\"")
        #expect(answer.text == TestServer.long)
    }

    @Test func shortAnswersAreNotCompressed() throws {
        let answer = try get("/ok", accept: "gzip")
        #expect(answer["Content-Encoding"] == nil)
        #expect(answer["Vary"] == nil)
    }

    @Test func eachEventOfACompressedStreamArrivesAlone() throws {
        let client = try TestClient(server.address)
        client.send("GET /events HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n")
        let head = try client.head()
        #expect(head["Content-Encoding"] == "gzip")
        var compressed: [UInt8] = []
        var seen: [String] = []
        while case let chunk = try client.chunk(), !chunk.isEmpty {
            compressed += chunk
            let inflated = try #require(Gzip.inflate(compressed))
            seen.append(String(decoding: inflated.output, as: UTF8.self))
        }
        #expect(
            seen.prefix(3) == [
                "data: 1\n\n", "data: 1\n\ndata: 2\n\n", "data: 1\n\ndata: 2\n\ndata: 3\n\n",
            ])
        #expect(Gzip.inflate(compressed)?.isWhole == true)
    }
}
