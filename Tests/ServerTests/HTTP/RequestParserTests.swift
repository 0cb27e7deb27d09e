import HTTPTypes
import Protocol
import Server
import Testing

/// What a connection would make of bytes: a request's line and content, or the status of a refusal.
struct Exchange {
    private var parser = RequestParser()
    private var decoder: BodyDecoder?
    private var content: [UInt8] = []
    private var title = ""
    private(set) var answers: [String] = []
    private var isClosed = false

    mutating func feed(_ bytes: some Collection<UInt8>) {
        var input = ArraySlice(Array(bytes))
        do throws(Problem) {
            while !input.isEmpty, !isClosed { try step(&input) }
        } catch {
            answers.append("\(error.kind.status)")
            isClosed = true
        }
    }

    private mutating func step(_ input: inout ArraySlice<UInt8>) throws(Problem) {
        if decoder == nil {
            guard let head = try parser.parse(&input) else { return }
            title = "\(head.request.method) \(head.request.path ?? "-")"
            decoder = BodyDecoder(head.framing, limit: 1 << 40)
        }
        guard var body = decoder else { return }
        content += try body.decode(&input)
        decoder = body
        if body.isComplete {
            let text = String(decoding: content, as: UTF8.self)
            answers.append(text.isEmpty ? title : "\(title) \(text)")
            (decoder, content) = (nil, [])
        }
    }

    static func answers(to parts: [some Collection<UInt8>]) -> [String] {
        var exchange = Exchange()
        for part in parts { exchange.feed(part) }
        return exchange.answers
    }
}

/// Expects an answer whole, split in two at every byte, and byte by byte.
func expect(
    _ answers: [String], to text: String, everySplit: Bool = true,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    expect(answers, to: Array(text.utf8), everySplit: everySplit, sourceLocation: sourceLocation)
}

func expect(
    _ answers: [String], to bytes: [UInt8], everySplit: Bool = true,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let shown = String(decoding: bytes.prefix(200), as: UTF8.self).debugDescription
    let whole = Exchange.answers(to: [bytes])
    #expect(whole == answers, "\(shown)", sourceLocation: sourceLocation)
    let single = Exchange.answers(to: bytes.map { [$0] })
    #expect(single == answers, "byte by byte: \(shown)", sourceLocation: sourceLocation)
    guard everySplit else { return }
    for split in bytes.indices {
        let parted = Exchange.answers(to: [bytes[..<split], bytes[split...]])
        #expect(parted == answers, "split at \(split): \(shown)", sourceLocation: sourceLocation)
    }
}

@Suite struct RequestParserTests {
    static let good = "GET /ok HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func goodRequestsAreRead() {
        expect(["GET /ok"], to: Self.good)
        expect(["GET /ok"], to: "\r\n" + Self.good)
        expect(["GET /?a=[1]&b=%20"], to: "GET /?a=[1]&b=%20 HTTP/1.1\r\nhOsT:\t a:80 \t\r\nX:\r\n\r\n")
        expect(["GET /p?q"], to: "GET http://b/p?q HTTP/1.1\r\nHost: a\r\n\r\n")
        expect(["GET /?q"], to: "GET HTTP://b:1?q HTTP/1.1\r\nHost: a\r\n\r\n")
        expect(["OPTIONS *"], to: "OPTIONS * HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n")
        expect(["OPTIONS *"], to: "OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n")
        expect(["GET /"], to: "GET / HTTP/1.0\r\n\r\n")
        expect(["GET /"], to: "GET / HTTP/1.2\r\nHost: a\r\n\r\n")
        expect(["POST / hello", "GET /ok"], to: Self.post("Content-Length: 5", "hello") + Self.good)
        expect(["POST / hello", "GET /ok"], to: Self.post("content-length:005", "hello") + Self.good)
        expect(["POST /", "GET /ok"], to: Self.post("Content-Length: 0", "") + Self.good)
    }

    static func post(_ field: String, _ content: String) -> String {
        "POST / HTTP/1.1\r\nHost: a\r\n\(field)\r\n\r\n\(content)"
    }

    @Test(arguments: [
        "", "Host: a\r\nHost: a\r\n", "Host: a\r\nHost: b\r\n", "Host: a/b\r\n", "Host: u@h\r\n",
        "Host: a,b\r\n",
        "Host:\r\n", "Host: \r\n", "Host: a b\r\n", "Host: a:b\r\n", "Host: a:65536\r\n", "Host: a:-1\r\n",
        "Host: [::1\r\n", "Host: ::1\r\n", "Host: [::1]x\r\n", "Host: [g::]\r\n", "Host: a?b\r\n",
        "Host: a#b\r\n", "Host: a%00\r\n", "Host: http://a\r\n", "Host: a\\b\r\n", "Host: :80\r\n",
    ])
    func badHostIsRefused(fields: String) {
        expect(["400"], to: "GET / HTTP/1.1\r\n\(fields)\r\n" + Self.good)
    }

    @Test func badHostOfAnAbsoluteTargetIsRefused() {
        expect(["400"], to: "GET http://u@h/ HTTP/1.1\r\nHost: a\r\n\r\n")
        expect(["400"], to: "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n")
        expect(["400"], to: "GET / HTTP/1.0\r\nHost: a,b\r\n\r\n")
    }

    @Test(arguments: [
        "Content-Length : 5", "Content-Length\t: 5", " A: b", "\tA: b", "A: b\r\n c", "A: b\r\n\tc", "A",
        "A b",
        ": b", " : b", "A\u{0}: b", "A: \u{0}", "A: b\rc", "A: b\r\r", "A: \u{1}", "A: \u{7F}", "A: b\u{B}",
        "A: b\u{C}", "Ä: b", "A(b): c", "A/b: c", "\"A\": b", "A: b\nB: c", "A@b: c", "A,b: c",
    ])
    func badFieldIsRefused(field: String) {
        expect(["400"], to: "GET / HTTP/1.1\r\nHost: a\r\n\(field)\r\n\r\n" + Self.good)
        // As the first field too.
        expect(["400"], to: "GET / HTTP/1.1\r\n\(field)\r\nHost: a\r\n\r\n" + Self.good)
    }

    /// RFC 9110, 5.6.2.
    static let tokenBytes = Set(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)

    @Test(arguments: UInt8.min...UInt8.max)
    func namesAreTokens(byte: UInt8) {
        let start = Array("GET / HTTP/1.1\r\nHost: a\r\n".utf8)
        for (before, after) in [("", "b"), ("a", "b"), ("a", "")] {
            let name = Array(before.utf8) + [byte] + Array(after.utf8)
            let answer =
                if Self.tokenBytes.contains(byte) {
                    "GET /"
                } else if byte == UInt8(ascii: ":"), !before.isEmpty {
                    "GET /"
                } else {
                    "400"
                }
            expect([answer], to: start + name + Array(": v\r\n\r\n".utf8))
        }
    }

    @Test(arguments: UInt8.min...UInt8.max)
    func valuesHaveNoControls(byte: UInt8) {
        let start = Array("GET / HTTP/1.1\r\nHost: a\r\nX: a".utf8)
        let isAllowed = byte >= 0x20 && byte != 0x7F || byte == 0x09
        expect([isAllowed ? "GET /" : "400"], to: start + [byte] + Array("b\r\n\r\n".utf8))
    }

    @Test(arguments: [
        "GET / HTTP/1.1\nHost: a\n\n", "GET / HTTP/1.1\r\nHost: a\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\n",
        "GET / HTTP/1.1\rHost: a\r\r", "GET / HTTP/1.1\r\nHost: a\r\rX: b\r\n\r\n",
        "\nGET / HTTP/1.1\r\n\r\n",
        "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ])
    func otherLineEndsAreRefused(text: String) {
        expect(["400"], to: text)
    }

    @Test(arguments: [
        "5, 6", "5,5", "+5", "-1", "-0", "0x5", "1_0", "5 5", "", "５", "18446744073709551616",
        "99999999999999999999", "9223372036854775808", "5.0", "5;", "\"5\"", "1e1", "5\t5", "a",
        String(repeating: "9", count: 400),
    ])
    func badLengthIsRefused(value: String) {
        expect(["400"], to: Self.post("Content-Length: \(value)", "hello") + Self.good)
    }

    @Test func lengthIsGivenOnce() {
        expect(["400"], to: Self.post("Content-Length: 5\r\nContent-Length: 5", "hello"))
        expect(["400"], to: Self.post("Content-Length: 5\r\ncontent-length: 6", "hello!"))
    }

    @Test func lengthAndChunkedExcludeEachOther() {
        for fields in [
            "Content-Length: 5\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nContent-Length: 5",
            "Content-Length: 0\r\nTransfer-Encoding: chunked", "Transfer-Encoding: gzip\r\nContent-Length: 5",
        ] {
            expect(["400"], to: Self.post(fields, "0\r\n\r\n") + Self.good)
        }
    }

    @Test(arguments: [
        ("gzip", 501), ("identity", 501), ("xchunked", 501), ("gzip, chunked", 501), ("chunked;a=b", 501),
        ("chunked, gzip", 400), ("chunked, chunked", 400), ("", 400), ("chunked,", 400), (",chunked", 400),
        ("chunked\u{B}", 400), ("\u{C}chunked", 400), ("chun\u{0}ked", 400), ("chunked chunked", 400),
        ("\"chunked\"", 400), ("chunked, identity", 400),
    ])
    func badTransferCodingIsRefused(value: String, status: Int) {
        let request = Self.post("Transfer-Encoding: \(value)", "0\r\n\r\n")
        expect(["\(status)"], to: request + Self.good)
    }

    @Test func transferCodingIsGivenOnceAndNotOnVersion10() {
        let twice = "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"
        expect(["400"], to: Self.post(twice, "0\r\n\r\n"))
        expect(["400"], to: "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    }

    @Test(arguments: [
        ("GET  / HTTP/1.1", 400), ("GET /  HTTP/1.1", 400), (" GET / HTTP/1.1", 400),
        ("GET / HTTP/1.1 ", 400),
        ("GET\t/ HTTP/1.1", 400), ("GET /\tHTTP/1.1", 400), ("GET HTTP/1.1", 400), ("GET  HTTP/1.1", 400),
        ("GET / HTTP/1", 400), ("GET / HTTP/01.1", 400), ("GET / http/1.1", 400), ("GET /", 400),
        ("GET / ", 400), ("GET", 400), ("GET / HTTP/1.1.1", 400), ("GET / HTTP/1.10", 400),
        ("GET / HTTP/1,1", 400), ("GET / HTTP/a.1", 400), ("GET / HTTPS/1.1", 400), ("G(T / HTTP/1.1", 400),
        ("GET / HTTP/2.0", 505), ("GET / HTTP/0.9", 505), ("GET / HTTP/9.9", 505), ("PRI * HTTP/2.0", 400),
        ("GET /a#b HTTP/1.1", 400), ("GET /# HTTP/1.1", 400), ("GET * HTTP/1.1", 400),
        ("GET a HTTP/1.1", 400),
        ("GET /\u{0} HTTP/1.1", 400), ("GET /é HTTP/1.1", 400), ("GET /\u{7F} HTTP/1.1", 400),
        ("GET ftp://a/ HTTP/1.1", 400), ("CONNECT / HTTP/1.1", 400), ("GET /<a> HTTP/1.1", 400),
        ("GET a:80 HTTP/1.1", 400), ("OPTIONS ** HTTP/1.1", 400), ("GET /a b HTTP/1.1", 400),
    ])
    func badRequestLineIsRefused(line: String, status: Int) {
        expect(["\(status)"], to: "\(line)\r\nHost: a\r\n\r\n" + Self.good)
    }

    @Test(arguments: 0x80...0xFF)
    func targetIsASCII(byte: Int) {
        expect(["400"], to: Array("GET /".utf8) + [UInt8(byte)] + Array(" HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
    }

    @Test func otherProtocolsAreRefused() {
        expect(["400"], to: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        expect(["400"], to: [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03])
        expect(["400"], to: Array("SSH-2.0-OpenSSH_9.6\r\n".utf8))
    }

    @Test func limitsOfTheTarget() {
        func request(_ length: Int) -> String {
            "GET /\(String(repeating: "a", count: length - 1)) HTTP/1.1\r\nHost: a\r\n\r\n"
        }
        #expect(Exchange.answers(to: [request(8192).utf8]).first?.hasPrefix("GET /aaa") == true)
        expect(["414"], to: request(8193), everySplit: false)
        expect(["414"], to: request(100_000), everySplit: false)
        // No line needs to end for it to be too long.
        expect(["414"], to: "GET /" + String(repeating: "a", count: 9000), everySplit: false)
        expect(["501"], to: String(repeating: "A", count: 9000) + " / HTTP/1.1\r\n", everySplit: false)
    }

    @Test func limitsOfTheFields() {
        func request(_ fields: [Int]) -> String {
            let lines = fields.map { "X: \(String(repeating: "a", count: $0 - 3))\r\n" }
            return "GET / HTTP/1.1\r\nHost: a\r\n\(lines.joined())\r\n"
        }
        expect(["GET /"], to: request([8192]), everySplit: false)
        expect(["431"], to: request([8193]), everySplit: false)
        expect(["GET /"], to: request([8000, 8000, 8000, 8000]), everySplit: false)
        expect(["431"], to: request([8000, 8000, 8000, 8000, 800]), everySplit: false)
        expect(["GET /"], to: request(Array(repeating: 10, count: 99)), everySplit: false)
        expect(["431"], to: request(Array(repeating: 10, count: 100)), everySplit: false)
        expect(["431"], to: "GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 9000), everySplit: false)
    }

    @Test func pipelinedRequestsAreReadInOrder() {
        let many = (0..<20).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }
        expect((0..<20).map { "GET /\($0)" }, to: many.joined())
        expect(["GET /ok", "400"], to: Self.good + "GET /\r\n\r\n" + Self.good)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: a\r\n", true),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n", false),
        ("GET / HTTP/1.0\r\nHost: a\r\n", false), ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n", true),
    ])
    func persistence(lines: String, keepsAlive: Bool) throws {
        var parser = RequestParser()
        var input = ArraySlice(Array("\(lines)\r\n".utf8))
        let head = try #require(try parser.parse(&input))
        #expect(head.keepsAlive == keepsAlive)
    }

    @Test func authorityIsTheHostOrThatOfTheTarget() throws {
        var parser = RequestParser()
        var input = ArraySlice(Array("GET http://b:1/ HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n".utf8))
        let head = try #require(try parser.parse(&input))
        #expect(head.request.authority == "b:1")
        #expect(head.request.headerFields.count == 1)
    }

    @Test func noBytesTrap() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("GET /HTP1.:\r\n \t;=0aF,chunkedHost\u{0}\u{FF}".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0..<120)).map { _ in
                alphabet.randomElement(using: &generator) ?? 0
            }
            let whole = Exchange.answers(to: [bytes])
            #expect(whole == Exchange.answers(to: bytes.map { [$0] }))
        }
    }
}
