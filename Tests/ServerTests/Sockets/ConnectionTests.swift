import Foundation
import HTTPTypes
import Protocol
import Server
import Synchronization
import Testing

/// Clients that are slow, many, or gone. Limits are far shorter here than a server's own.
@Suite(.serialized) struct ConnectionTests {
    // MARK: Slow clients

    @Test func slowHeadTimesOut() throws {
        let server = try TestServer { $0.headTimeout = .milliseconds(500) }
        let client = try TestClient(server.address)
        client.send("GET /ok HTTP/1.1\r\nHo")
        let answer = try client.answer()
        #expect(answer.status == 408)
        #expect(answer["Connection"] == "close")
        #expect(client.isClosedByServer)
        // A trickle is no better than silence.
        let trickle = try TestClient(server.address)
        for byte in Array("GET /ok HTTP/1.1\r\n".utf8) {
            guard trickle.send([byte]) else { break }
            usleep(50_000)
        }
        #expect(try trickle.answer().status == 408)
    }

    @Test func silenceIsClosedWithoutAnAnswer() throws {
        let server = try TestServer {
            $0.headTimeout = .milliseconds(300)
            $0.idleTimeout = .milliseconds(300)
        }
        let silent = try TestClient(server.address)
        #expect(silent.isClosedByServer)
        let idle = try TestClient(server.address)
        idle.send("GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(try idle.answer().status == 200)
        #expect(idle.isClosedByServer)
    }

    @Test func slowContentTimesOut() throws {
        let server = try TestServer {
            $0.contentGrace = .milliseconds(400)
            $0.minimumContentRate = 1000
        }
        let client = try TestClient(server.address)
        client.send("POST /count HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
        for _ in 0..<100 {
            guard client.send([0]) else { break }
            usleep(20_000)
        }
        #expect(try client.answer().status == 408)
        #expect(client.isClosedByServer)
    }

    @Test func pausesWithinReasonAreForgiven() throws {
        let server = try TestServer {
            $0.contentGrace = .milliseconds(1500)
            $0.minimumContentRate = 1000
        }
        let client = try TestClient(server.address)
        client.send("POST /count HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000\r\n\r\n")
        for _ in 0..<5 {
            client.send([UInt8](repeating: 0, count: 10_000))
            usleep(500_000)
        }
        #expect(try client.answer().text == "50000")
    }

    // MARK: Back-pressure

    @Test func millionsOfTinyChunksTakeLittleMemory() throws {
        let server = try TestServer()
        let client = try TestClient(server.address)
        let piece = Array(String(repeating: "1\r\nx\r\n", count: 10_000).utf8)
        let before = ThisProcess.memory
        client.send("POST /count HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in 0..<1000 { client.send(piece) }
        client.send("0\r\n\r\n")
        #expect(try client.answer().text == "10000000")
        // An array for each would be 480 MB; other suites take some tens meanwhile.
        #expect(ThisProcess.memory - before < 128 << 20)
    }

    @Test func senderWaitsForItsReader() async throws {
        let isReading = Mutex(false)
        let server = try TestServer(routes: { router in
            router.on(.post, "/late") { request in
                while !isReading.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(10)) }
                var count = 0
                for try await chunk in request.body { count += chunk.count }
                return .text("\(count)")
            }
        })
        let client = try TestClient(server.address)
        client.timeout(seconds: 1)
        let size = 64 << 20
        client.send("POST /late HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(size)\r\n\r\n")
        var sent = 0
        let piece = [UInt8](repeating: 7, count: 1 << 20)
        // A send that times out has had a part of its bytes taken; they are counted by the server in the end.
        while sent < size {
            let count = piece.withUnsafeBytes {
                send(client.descriptor, $0.baseAddress, min($0.count, size - sent), Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { break }
            sent += count
        }
        #expect(sent < 32 << 20)
        isReading.withLock { $0 = true }
        client.timeout(seconds: 20)
        client.send([UInt8](repeating: 7, count: size - sent))
        #expect(try client.answer().text == "\(size)")
    }

    @Test func writerWaitsForItsReader() async throws {
        let written = Mutex(0)
        let server = try TestServer(routes: { router in
            router.on(.get, "/flood") { _ in
                .stream(contentType: "application/octet-stream") { writer in
                    for _ in 0..<640 {
                        try await writer.write([UInt8](repeating: 7, count: 100_000))
                        written.withLock { $0 += 100_000 }
                    }
                }
            }
        })
        let client = try TestClient(server.address, receiveBuffer: 64 << 10)
        client.send("GET /flood HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(await eventually { written.withLock { $0 } > 0 })
        try await Task.sleep(for: .milliseconds(300))
        #expect(written.withLock { $0 } < 32 << 20)
        #expect(try client.answer().body.count == 64_000_000)
    }

    @Test func fileIsSentWhole() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("fitd-\(ULID())").path
        let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        #expect(FileManager.default.createFile(atPath: path, contents: Data(content)))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let server = try TestServer(routes: { router in
            router.on(.get, "/file") { request in
                Response.file(path: path, offset: 1000, count: 2_000_000, contentType: "a/b")
                    .ranged(for: request)
            }
            router.on(.get, "/gone") { _ in .file(path: path + "x", count: 1, contentType: "a/b") }
            router.on(.get, "/short") { _ in .file(path: path, count: 3_000_001, contentType: "a/b") }
        })
        func get(_ target: String, _ fields: String = "") throws -> TestClient.Answer {
            try TestClient.exchange(
                server.address, "GET \(target) HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n")
        }
        #expect(try get("/file").body == Array(content[1000..<2_001_000]))
        let part = try get("/file", "Range: bytes=10-19\r\n")
        #expect(part.status == 206)
        #expect(part.body == Array(content[1010..<1020]))
        #expect(try get("/gone").status == 500)
        #expect(try get("/short").status == 500)
    }

    // MARK: Clients that go

    @Test func streamIsToldThatItsClientHasGone() async throws {
        let ended = Mutex(0)
        let server = try TestServer(routes: { router in
            router.on(.get, "/forever") { _ in
                .stream(contentType: "text/event-stream") { writer in
                    defer { ended.withLock { $0 += 1 } }
                    try await writer.write("data: hello\n\n")
                    try await Task.sleep(for: .seconds(600))
                }
            }
            router.on(.get, "/talk") { _ in
                .stream(contentType: "text/event-stream") { writer in
                    defer { ended.withLock { $0 += 1 } }
                    while true {
                        try await writer.write("data: hello\n\n")
                        try await Task.sleep(for: .milliseconds(5))
                    }
                }
            }
        })
        // A reset is noticed at once, even when nothing is written; a close is noticed at a write.
        for (target, resets) in [("/forever", true), ("/talk", true), ("/talk", false)] {
            let before = ended.withLock { $0 }
            var clients: [TestClient] = []
            for _ in 0..<50 {
                let client = try TestClient(server.address)
                if resets { client.resetOnClose() }
                client.send("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                _ = try client.head()
                clients.append(client)
            }
            clients = []
            #expect(await eventually { ended.withLock { $0 } == before + 50 }, "\(target)")
        }
        #expect(await eventually { server.server.connectionCount == 0 })
    }

    @Test func readerThatTakesNothingIsCut() async throws {
        let failure = Mutex<String?>(nil)
        let server = try TestServer(
            { $0.writeTimeout = .milliseconds(500) },
            routes: { router in
                router.on(.get, "/flood") { _ in
                    .stream(contentType: "application/octet-stream") { writer in
                        do {
                            while true { try await writer.write([UInt8](repeating: 7, count: 100_000)) }
                        } catch {
                            failure.withLock { $0 = "\(type(of: error)) \(writer.isClosed)" }
                            throw error
                        }
                    }
                }
            })
        let client = try TestClient(server.address)
        client.send("GET /flood HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(await eventually { failure.withLock { $0 } != nil })
        #expect(failure.withLock { $0 } == "ClientGone true")
    }

    @Test func writesOfSeveralTasksDoNotMix() async throws {
        let server = try TestServer(routes: { router in
            router.on(.get, "/both") { _ in
                .stream(contentType: "text/plain") { writer in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for letter in ["a", "b"] {
                            group.addTask {
                                for _ in 0..<50 {
                                    try await writer.write(String(repeating: letter, count: 50_000) + "\n")
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                }
            }
        })
        let client = try TestClient(server.address)
        client.send("GET /both HTTP/1.1\r\nHost: localhost\r\n\r\n")
        let lines = try client.answer().text.split(separator: "\n")
        #expect(lines.count == 100)
        #expect(lines.allSatisfy { $0.utf8.count == 50_000 && Set($0.utf8).count == 1 })
    }

    @Test func blockingHandlerHoldsUpNobodyElse() throws {
        let server = try TestServer(routes: { router in
            router.on(.get, "/block") { _ in
                sleep(3)
                return .text("awake")
            }
        })
        // Far more than there are processors.
        let blocked = try (0..<20).map { _ in try TestClient(server.address) }
        for client in blocked { client.send("GET /block HTTP/1.1\r\nHost: localhost\r\n\r\n") }
        usleep(100_000)
        let client = try TestClient(server.address)
        client.timeout(seconds: 2)
        client.send("GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(try client.answer().text == "ok")
        for client in blocked { #expect(try client.answer().text == "awake") }
    }

    // MARK: Many

    @Test func connectionsBeyondTheLimitWait() async throws {
        let server = try TestServer { $0.connectionLimit = 5 }
        var clients = try (0..<5).map { _ in try TestClient(server.address) }
        for client in clients {
            client.send("GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try client.answer().text == "ok")
        }
        let waiting = try TestClient(server.address)
        waiting.send("GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try await Task.sleep(for: .milliseconds(200))
        #expect(server.server.connectionCount == 5)
        clients.removeLast()
        #expect(try waiting.answer().text == "ok")
    }

    @Test func churnLeavesNothingBehind() async throws {
        let server = try TestServer()
        func round(_ count: Int) throws {
            for number in 0..<count {
                let client = try TestClient(server.address)
                switch number % 5 {
                case 0: break
                case 1: client.resetOnClose()
                case 2: client.send("GET /ok HTT")
                case 3:
                    client.send("GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    client.resetOnClose()
                default:
                    client.send("GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    #expect(try client.answer().text == "ok")
                }
            }
        }
        try round(500)
        #expect(await eventually { server.server.connectionCount == 0 })
        let (descriptors, memory) = (ThisProcess.descriptorCount, ThisProcess.memory)
        try round(10_000)
        #expect(await eventually { server.server.connectionCount == 0 })
        // Other suites open and close descriptors meanwhile, far fewer than a leak would leave.
        #expect(await eventually { ThisProcess.descriptorCount <= descriptors + 50 })
        // A connection that stayed would keep 16 KiB at least.
        #expect(ThisProcess.memory - memory < 96 << 20)
        #expect(
            try TestClient.exchange(server.address, "GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n").status
                == 200)
    }

    // MARK: Stopping

    @Test func stopLetsAnswersEndAndTellsStreams() async throws {
        let isIn = Mutex(0)
        let server = try TestServer(routes: { router in
            router.on(.get, "/slow") { _ in
                isIn.withLock { $0 += 1 }
                try await Task.sleep(for: .milliseconds(500))
                return .text("done")
            }
            router.on(.get, "/stream") { _ in
                .stream(contentType: "text/event-stream") { writer in
                    try await writer.write("data: begin\n\n")
                    isIn.withLock { $0 += 1 }
                    try? await Task.sleep(for: .seconds(600))
                    try await writer.write("data: bye\n\n")
                }
            }
        })
        let slow = try TestClient(server.address)
        slow.send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        let stream = try TestClient(server.address)
        stream.send("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        let idle = try TestClient(server.address)
        idle.send("GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n")
        _ = try idle.answer()
        #expect(await eventually { isIn.withLock { $0 } == 2 })
        await server.server.stop(deadline: .seconds(10))
        let answer = try slow.answer()
        #expect(answer.text == "done")
        #expect(answer["Connection"] == "close")
        #expect(try stream.answer().text == "data: begin\n\ndata: bye\n\n")
        #expect(idle.isClosedByServer)
        #expect(server.server.connectionCount == 0)
        #expect(throws: TestClient.Failure.self) { try TestClient(server.address) }
    }

    @Test func stopEndsAtItsDeadline() async throws {
        let server = try TestServer(routes: { router in
            router.on(.get, "/stubborn") { _ in
                let end = ContinuousClock.now + .seconds(3)
                while ContinuousClock.now < end {
                    usleep(1000)
                    await Task.yield()
                }
                return .text("too late")
            }
        })
        let client = try TestClient(server.address)
        client.send("GET /stubborn HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(await eventually { server.server.connectionCount == 1 })
        await server.server.stop(deadline: .milliseconds(100))
        #expect(client.isClosedByServer)
    }
}
