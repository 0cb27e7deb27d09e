import Foundation
import Protocol
import Server
import Synchronization
import Testing

/// TLS as the openssl and curl commands speak it.
@Suite(.serialized) struct TLSTests {
    let directory: URL
    var certificate: String { directory.appendingPathComponent("certificate.pem").path }
    var key: String { directory.appendingPathComponent("key.pem").path }

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("fitd-tls-\(ULID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try makeCertificate("localhost")
    }

    func makeCertificate(_ name: String) throws {
        let made = try run(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-days", "1", "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout", key, "-out", certificate)
        try #require(made.status == 0)
    }

    func run(_ command: String..., input: String = "") throws -> (status: Int32, output: String) {
        try run(command, input: input)
    }

    func run(_ command: [String], input: String = "") throws -> (status: Int32, output: String) {
        // A command that ends before it has read its input does not end the tests.
        signal(SIGPIPE, SIG_IGN)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        let (output, source) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = source
        try process.run()
        try source.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try source.fileHandleForWriting.close()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    /// - Parameter patience: How long a client may take for a request, where it is not the usual time.
    func serve(patience: Duration? = nil) throws -> TestServer {
        try TestServer {
            $0.tls = (certificate, key)
            $0.headTimeout = patience ?? $0.headTimeout
            $0.contentGrace = patience ?? $0.contentGrace
        }
    }

    @Test func curlIsServed() throws {
        let server = try serve()
        defer { withExtendedLifetime(server) {} }
        defer { try? FileManager.default.removeItem(at: directory) }
        let url = "https://localhost:\(server.address.port)"
        for version in ["1.2", "1.3"] {
            let answer = try run(
                "curl", "-sS", "--cacert", certificate, "--tlsv\(version)", "--tls-max", version, "\(url)/ok",
                "\(url)/events")
            #expect(answer.status == 0)
            #expect(answer.output == "okdata: 1\n\ndata: 2\n\ndata: 3\n\n")
        }
        let compressed = try run("curl", "-sS", "--compressed", "--cacert", certificate, "\(url)/long")
        #expect(compressed.output == TestServer.long)
        let old = try run("curl", "-sS", "-k", "--tls-max", "1.1", "\(url)/ok")
        #expect(old.status != 0)
    }

    @Test func contentsGoBothWays() throws {
        let server = try serve()
        defer { withExtendedLifetime(server) {} }
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appendingPathComponent("content")
        let content = Data((0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
        try content.write(to: file)
        let back = directory.appendingPathComponent("back")
        let answer = try run(
            "curl", "-sS", "--cacert", certificate, "--data-binary", "@\(file.path)", "-o", back.path,
            "https://127.0.0.1:\(server.address.port)/echo")
        #expect(answer.status == 0)
        #expect(try Data(contentsOf: back) == content)
    }

    @Test func sessionEndsOrderly() throws {
        let server = try serve()
        defer { withExtendedLifetime(server) {} }
        defer { try? FileManager.default.removeItem(at: directory) }
        let answer = try run(
            "openssl", "s_client", "-quiet", "-CAfile", certificate, "-alpn", "h2,http/1.1", "-connect",
            "127.0.0.1:\(server.address.port)",
            input: "GET /ok HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        #expect(answer.output.hasSuffix("\r\n\r\nok"))
        #expect(answer.status == 0)
    }

    func handshake(_ server: TestServer, _ options: String..., input: String = "") throws -> String {
        let process = ["openssl", "s_client", "-connect", "127.0.0.1:\(server.address.port)"] + options
        return try run(process, input: input).output
    }

    @Test func sessionsAreResumed() throws {
        let server = try serve()
        defer { withExtendedLifetime(server) {} }
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appendingPathComponent("session").path
        let request = "GET /ok HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        for version in ["-tls1_2", "-tls1_3"] {
            let options = [version, "-ign_eof"]
            let client = ["openssl", "s_client", "-connect", "127.0.0.1:\(server.address.port)"] + options
            #expect(try run(client + ["-sess_out", file], input: request).output.contains("New, TLSv1"))
            #expect(try run(client + ["-sess_in", file], input: request).output.contains("Reused, TLSv1"))
        }
    }

    @Test func ciphersAreThoseOfToday() throws {
        let server = try serve()
        defer { withExtendedLifetime(server) {} }
        defer { try? FileManager.default.removeItem(at: directory) }
        #expect(try handshake(server, "-tls1_2").contains("Cipher is ECDHE-ECDSA"))
        for cipher in ["ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-SHA", "ALL:!ECDHE"] {
            #expect(
                try handshake(server, "-tls1_2", "-cipher", cipher).contains("Cipher is (NONE)"), "\(cipher)")
        }
        for version in ["-tls1", "-tls1_1"] {
            #expect(
                try handshake(server, version, "-cipher", "ALL:@SECLEVEL=0").contains("Cipher is (NONE)"),
                "\(version)")
        }
    }

    @Test func aCertificateIsReadAgain() throws {
        let server = try serve()
        defer { withExtendedLifetime(server) {} }
        defer { try? FileManager.default.removeItem(at: directory) }
        #expect(
            try handshake(server).contains("CN = localhost") || handshake(server).contains("CN=localhost"))
        try makeCertificate("renewed")
        try server.server.reloadCertificate()
        let renewed = try handshake(server)
        #expect(renewed.contains("CN = renewed") || renewed.contains("CN=renewed"))
        try Data("no certificate".utf8).write(to: URL(filePath: certificate))
        #expect(throws: ServerStartError.self) { try server.server.reloadCertificate() }
        let kept = try handshake(server)
        #expect(kept.contains("CN = renewed") || kept.contains("CN=renewed"))
    }

    @Test func otherProtocolsAreCut() throws {
        let server = try serve()
        defer { withExtendedLifetime(server) {} }
        defer { try? FileManager.default.removeItem(at: directory) }
        for text in [
            "GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n", "\u{16}\u{3}\u{1}\u{0}\u{5}hello", "\u{0}",
        ] {
            let client = try TestClient(server.address)
            client.send(text)
            client.endSending()
            // An alert at most, and never an answer.
            let bytes = try client.receiveAll()
            #expect(!String(decoding: bytes, as: UTF8.self).contains("HTTP"))
        }
        let answer = try run(
            "curl", "-sS", "--cacert", certificate, "https://localhost:\(server.address.port)/ok")
        #expect(answer.output == "ok")
    }

    @Test(arguments: [true, false]) func recordsOfNothingAreCut(asksBack: Bool) throws {
        let server = try serve(patience: .seconds(600))
        defer { withExtendedLifetime(server) {} }
        let client = try KeyUpdates(TestClient(server.address))
        let isTaken = (0..<100).allSatisfy { _ in client.send(client.updates(2000, asksBack: asksBack)) }
        #expect(!isTaken)
        let url = "https://localhost:\(server.address.port)/ok"
        #expect(try run("curl", "-sS", "--cacert", certificate, url).output == "ok")
    }

    @Test func answersThatAreNotTakenAreBounded() throws {
        let server = try serve(patience: .seconds(600))
        defer { withExtendedLifetime(server) {} }
        defer { try? FileManager.default.removeItem(at: directory) }
        let client = try KeyUpdates(TestClient(server.address, receiveBuffer: 4096))
        // Each piece has content in it, so that it is not one of nothing.
        _ = client.send(client.content(Self.post(length: 1_000_000)))
        let isCut = (0..<150).contains { _ in
            !client.send(client.updates(2000, asksBack: true) + client.content("x"))
                || server.server.connectionCount == 0
        }
        #expect(isCut)
    }

    @Test func othersHaveTheirTurn() throws {
        let server = try serve(patience: .seconds(600))
        defer { withExtendedLifetime(server) {} }
        defer { try? FileManager.default.removeItem(at: directory) }
        let flood = try KeyUpdates(TestClient(server.address))
        // What is read fast has the system take more and more of it at once.
        let mebibyte = String(repeating: "x", count: 1 << 20)
        let half = 50
        let length = 50 * mebibyte.utf8.count + 2 * half
        #expect(flood.send(flood.content(Self.post(length: length))))
        for _ in 0..<50 { #expect(flood.send(flood.content(mebibyte))) }
        // Encrypted before it is sent, so that it comes faster than the server decrypts it.
        var halves: [[UInt8]] = [[], []]
        for piece in 0..<(2 * half) {
            halves[piece / half] += flood.updates(2000, asksBack: false) + flood.content("x")
        }
        // As many as there are queues at most, so that one is on the flood's.
        let others = try (0..<4).map { _ in try KeyUpdates(TestClient(server.address)) }
        let isUnderWay = DispatchSemaphore(value: 0)
        let isAnswered = Atomic(false)
        let answer = Mutex<[UInt8]>([])
        let thread = Thread { [halves] in
            _ = flood.send(halves[0])
            isUnderWay.signal()
            _ = flood.send(halves[1])
            answer.withLock { $0 = flood.receive() }
            isAnswered.store(true, ordering: .releasing)
        }
        thread.start()
        isUnderWay.wait()
        var rounds = 0
        while !isAnswered.load(ordering: .acquiring) {
            for other in others {
                _ = other.send(other.content("GET /ok HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                #expect(String(decoding: other.receive(), as: UTF8.self).hasSuffix("ok"))
            }
            rounds += 1
        }
        // Had the flood one long turn, the first would wait for its end.
        #expect(rounds > 4)
        #expect(String(decoding: answer.withLock { $0 }, as: UTF8.self).hasSuffix("\r\n\r\n\(length)"))
    }

    private static func post(length: Int) -> String {
        "POST /count HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(length)\r\n\r\n"
    }

    @Test func unusableFilesAreErrors() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        for (certificate, key) in [(certificate, certificate), (key, key), ("/nowhere", key)] {
            let error = #expect(throws: ServerStartError.self) {
                try TestServer { $0.tls = (certificate, key) }
            }
            #expect(error?.description.contains("cannot be used") == true)
        }
    }
}
