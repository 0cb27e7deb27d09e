import HTTPTypes
import Protocol
import Server
import Synchronization
import Testing

@Suite(.serialized) struct HTTPServerTests {
    let server: TestServer
    var address: SocketAddress { server.address }

    init() throws { server = try TestServer() }

    func get(_ target: String, _ fields: String = "") throws -> TestClient.Answer {
        try TestClient.exchange(address, "GET \(target) HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n")
    }

    func post(_ target: String, _ fields: String, _ content: String) throws -> TestClient.Answer {
        try TestClient.exchange(
            address, "POST \(target) HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n\(content)")
    }

    // MARK: Answers

    @Test func answerHasItsFields() throws {
        let answer = try get("/ok")
        #expect(answer.status == 200)
        #expect(answer.text == "ok")
        #expect(answer["Content-Type"] == "text/plain; charset=utf-8")
        #expect(answer["Content-Length"] == "2")
        #expect(answer["X-Request-Id"]?.count == 26)
        #expect(answer["Date"]?.hasSuffix(" GMT") == true)
        #expect(answer["Connection"] == nil)
    }

    @Test func aRequestKeepsTheIdThatItBrings() throws {
        #expect(try get("/ok", "X-Request-Id: 6f1d8c1e-2f0b_A.9\r\n")["X-Request-Id"] == "6f1d8c1e-2f0b_A.9")
        for id in ["", "a b", "a;b", "\u{e9}", String(repeating: "a", count: 129)] {
            #expect(try get("/ok", "X-Request-Id: \(id)\r\n")["X-Request-Id"]?.count == 26, "\(id)")
        }
    }

    @Test func problemsAreDocuments() throws {
        for (target, status) in [("/missing", 404), ("/fail", 500), ("/private", 401), ("/%zz", 400)] {
            let answer = try get(target)
            #expect(answer.status == status)
            #expect(answer["Content-Type"] == "application/problem+json")
            let problem = try JSONValue(parsing: answer.body)
            #expect(problem["status"]?.integer == status)
            #expect(!answer.text.contains("Cocoa"))
        }
        #expect(try get("/private")["WWW-Authenticate"] == "Bearer")
        let answer = try post("/ok", "", "")
        #expect(answer.status == 405)
        #expect(answer["Allow"] == "GET, HEAD, OPTIONS")
    }

    @Test func headHasTheFieldsOfGet() throws {
        for target in ["/ok", "/long", "/events", "/none", "/fail", "/missing"] {
            for coding in ["", "Accept-Encoding: gzip\r\n"] {
                let client = try TestClient(address)
                let rest = "\(target) HTTP/1.1\r\nHost: localhost\r\n\(coding)\r\n"
                client.send("HEAD " + rest + "GET " + rest)
                let head = try client.answer(toHead: true)
                let get = try client.answer()
                let varying = ["date", "x-request-id", "content-length"]
                func shown(_ answer: TestClient.Answer) -> [String] {
                    answer.fields.map { "\($0.name.lowercased()): \($0.value)" }
                        .filter { field in !varying.contains { field.hasPrefix($0) } }
                }
                #expect(head.status == get.status)
                #expect(shown(head) == shown(get))
                // The request's id stands in the problem of a failure; nothing else changes the length.
                #expect(head["Content-Length"] == get["Content-Length"])
            }
        }
    }

    @Test func optionsHasAllow() throws {
        let answer = try TestClient.exchange(
            address, "OPTIONS /ok HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(answer.status == 204)
        #expect(answer["Allow"] == "GET, HEAD, OPTIONS")
        #expect(answer["Content-Length"] == nil)
    }

    @Test func unknownMethodsAreNotImplemented() throws {
        for method in ["BREW", "TRACE", "get"] {
            let answer = try TestClient.exchange(
                address, "\(method) /ok HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(answer.status == 501)
        }
    }

    // MARK: Persistence

    @Test func pipelinedRequestsAreAnsweredInOrder() throws {
        let client = try TestClient(address)
        let requests = (0..<20).map { number in
            number % 2 == 0
                ? "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: \("\(number)".count)\r\n\r\n\(number)"
                : "GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n"
        }
        client.send(requests.joined())
        for number in 0..<20 {
            #expect(try client.answer().text == (number % 2 == 0 ? "\(number)" : "ok"))
        }
    }

    @Test func badRequestBetweenGoodOnesEndsTheConnection() throws {
        let good = "GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n"
        let client = try TestClient(address)
        client.send(good + "GET /ok\r\n\r\n" + good)
        #expect(try client.answer().status == 200)
        let bad = try client.answer()
        #expect(bad.status == 400)
        #expect(bad["Connection"] == "close")
        #expect(client.isClosedByServer)
        #expect(try get("/ok").status == 200)
    }

    @Test func closeIsHonoured() throws {
        for request in [
            "GET /ok HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "GET /ok HTTP/1.0\r\n\r\n",
        ] {
            let client = try TestClient(address)
            client.send(request)
            let answer = try client.answer()
            #expect(answer.text == "ok")
            #expect(answer["Connection"] == "close")
            #expect(client.isClosedByServer)
        }
    }

    @Test func version10MayKeepTheConnection() throws {
        let client = try TestClient(address)
        for _ in 0..<2 {
            client.send("GET /ok HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let answer = try client.answer()
            #expect(answer["Connection"] == "keep-alive")
        }
        // A stream has no length, and HTTP/1.0 no chunks.
        client.send("GET /events HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        let stream = try client.answer()
        #expect(stream["Transfer-Encoding"] == nil)
        #expect(stream.text == "data: 1\n\ndata: 2\n\ndata: 3\n\n")
    }

    @Test func halfClosedClientGetsItsAnswer() throws {
        let client = try TestClient(address)
        client.send("GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.endSending()
        #expect(try client.answer().text == "ok")
        #expect(client.isClosedByServer)
    }

    @Test func requestSplitAtEveryByteIsAnswered() throws {
        let request = Array("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello".utf8)
        let client = try TestClient(address)
        for byte in request { client.send([byte]) }
        #expect(try client.answer().text == "hello")
    }

    // MARK: Hosts

    @Test func otherHostsAreMisdirected() throws {
        for (host, status) in [
            ("localhost", 200), ("LOCALHOST:1", 200), ("127.0.0.1:8080", 200), ("[::1]", 200),
            ("evil.example", 421), ("localhost.evil.example", 421), ("127.0.0.1.nip.io", 421),
            ("10.0.0.1", 421),
        ] {
            let answer = try TestClient.exchange(address, "GET /ok HTTP/1.1\r\nHost: \(host)\r\n\r\n")
            #expect(answer.status == status, "\(host)")
        }
    }

    // MARK: Contents

    @Test func chunkedContentIsRead() throws {
        let answer = try post(
            "/echo", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nX: y\r\n\r\n")
        #expect(answer.text == "hello world")
    }

    @Test func brokenChunksAreRefusedWhateverTheHandlerDoes() throws {
        for target in ["/echo", "/count", "/unread", "/missing"] {
            let client = try TestClient(address)
            client.send(
                "POST \(target) HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n")
            let answer = try client.answer()
            #expect(answer.status == 400)
            #expect(client.isClosedByServer)
        }
    }

    @Test func truncatedContentIsRefused() throws {
        for (fields, content) in [
            ("Content-Length: 1000\r\n", "0123456789"), ("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n"),
        ] {
            let client = try TestClient(address)
            client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n\(content)")
            client.endSending()
            #expect(try client.answer().status == 400)
            #expect(client.isClosedByServer)
        }
    }

    @Test func unreadContentIsSkippedWhenShort() throws {
        let client = try TestClient(address)
        let content = String(repeating: "x", count: 10_000)
        for fields in [
            "Content-Length: 10000\r\n\r\n\(content)",
            "Transfer-Encoding: chunked\r\n\r\n2710\r\n\(content)\r\n0\r\n\r\n",
        ] {
            client.send("POST /unread HTTP/1.1\r\nHost: localhost\r\n\(fields)")
            let answer = try client.answer()
            #expect(answer.text == "unread")
            #expect(answer["Connection"] == nil)
        }
    }

    @Test func unreadContentEndsTheConnectionWhenLong() throws {
        let client = try TestClient(address)
        client.send("POST /unread HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n")
        client.send([UInt8](repeating: 0, count: 500_000))
        let answer = try client.answer()
        #expect(answer.text == "unread")
        #expect(answer["Connection"] == "close")
    }

    @Test func contentBeyondTheHandlersLimitIsTooLarge() throws {
        let answer = try post("/echo", "Content-Length: 2000000\r\n", "x")
        #expect(answer.status == 413)
        let chunk = String(repeating: "x", count: 1 << 16)
        let chunks = String(repeating: "10000\r\n\(chunk)\r\n", count: 20)
        #expect(try post("/echo", "Transfer-Encoding: chunked\r\n", chunks).status == 413)
    }

    @Test func contentBeyondTheServersLimitIsTooLarge() throws {
        let server = try TestServer { $0.contentLimit = 1000 }
        let declared = try TestClient.exchange(
            server.address, "POST /count HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n")
        #expect(declared.status == 413)
        let chunked = try TestClient.exchange(
            server.address,
            "POST /count HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n")
        #expect(chunked.status == 413)
    }

    // MARK: Expect

    @Test func continueIsSentWhenTheContentIsRead() throws {
        let client = try TestClient(address)
        client.send(
            "POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        #expect(try client.answer().status == 100)
        client.send("hello")
        #expect(try client.answer().text == "hello")
        client.send("GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(try client.answer().text == "ok")
    }

    @Test func continueIsNotSentWhenTheAnswerIsFinal() throws {
        for (target, length, status) in [
            ("/unread", 5, 200), ("/missing", 5, 404), ("/echo", 2_000_000, 413),
        ] {
            let client = try TestClient(address)
            client.send(
                "POST \(target) HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                    + "Content-Length: \(length)\r\n\r\n")
            let answer = try client.answer()
            #expect(answer.status == status)
            #expect(answer["Connection"] == "close")
            #expect(client.isClosedByServer)
        }
    }

    @Test func otherExpectationsFail() throws {
        #expect(try post("/echo", "Expect: 200-ok\r\nContent-Length: 1\r\n", "x").status == 417)
    }

    // MARK: Bookkeeping

    @Test func requestsAreObserved() async throws {
        let seen = Mutex<[RequestMetrics]>([])
        let server = try TestServer(observer: { metrics in seen.withLock { $0.append(metrics) } })
        let requests = [
            "GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n", "GET /no HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET\r\n\r\n",
        ]
        for (index, request) in requests.enumerated() {
            _ = try TestClient.exchange(server.address, request)
            // The observer is told behind the answer.
            #expect(await eventually { seen.withLock { $0.count } == index + 1 })
        }
        let metrics = seen.withLock { $0 }
        #expect(metrics.map(\.status) == [200, 404, 400])
        #expect(metrics.map(\.pattern) == ["/ok", nil, nil])
        #expect(metrics.first?.bytes == 2)
    }

    @Test func version6IsListenedOn() throws {
        let server = try TestServer { $0.host = "::1" }
        #expect(server.address.host == "::1")
        #expect(server.address.port > 0)
        #expect("\(server.address)".hasPrefix("[::1]:"))
    }

    @Test func takenPortIsAnError() throws {
        #expect(throws: ServerStartError.self) { try TestServer { $0.port = address.port } }
    }
}
