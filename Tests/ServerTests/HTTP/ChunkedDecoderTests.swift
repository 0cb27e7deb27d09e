import Testing

@Suite struct ChunkedDecoderTests {
    static func post(_ chunks: String) -> String {
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n" + chunks
    }

    @Test func goodChunksAreRead() {
        expect(["POST /"], to: Self.post("0\r\n\r\n"))
        expect(
            ["POST / hello", "GET /ok"], to: Self.post("5\r\nhello\r\n0\r\n\r\n") + RequestParserTests.good)
        expect(["POST / hello world"], to: Self.post("00005\r\nhello\r\n6\r\n world\r\n000\r\n\r\n"))
        expect(["POST / 0123456789"], to: Self.post("a\r\n0123456789\r\n0\r\n\r\n"))
        expect(["POST / 0123456789"], to: Self.post("A\r\n0123456789\r\n0\r\n\r\n"))
        expect(["POST / hello"], to: Self.post("5;a;b=c;d=\"e;\\\"\"\r\nhello\r\n0;x\r\nTrace: 1\r\n\r\n"))
        expect(["POST / \r\n0\r\n"], to: Self.post("5\r\n\r\n0\r\n\r\n0\r\n\r\n"))
    }

    @Test(arguments: [
        "0x5", "+5", "-1", " 5", "5 ", "\t5", "", "g", "FFFFFFFFFFFFFFFF", "10000000000000000",
        "8000000000000000", "00000000000000005", "5;", "5;=a", "5;a=", "5;a=\"b", "5 ;a", "5;a b", "5,5",
        "5.0",
        "5h", "5;a=\"\u{1}\"", "5;\u{0}", "5;a\u{7F}", "5;a=\rb", "５", "1_0",
    ])
    func badSizeIsRefused(size: String) {
        expect(["400"], to: Self.post("\(size)\r\nhello\r\n0\r\n\r\n") + RequestParserTests.good)
        // Behind a good chunk too.
        expect(["400"], to: Self.post("1\r\nx\r\n\(size)\r\nhello\r\n0\r\n\r\n") + RequestParserTests.good)
    }

    @Test(arguments: [
        "5\r\nhello!\r\n0\r\n\r\n", "5\r\nhello0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n", "5\rhello\r\n0\r\n\r\n", "5\r\nhello\r\n0\n\r\n", "5\r\nhello\r\n0\r\n\n",
        "5;a\nhello\r\n0\r\n\r\n", "4\r\nhello\r\n0\r\n\r\n", "0\r\n\rX", "0\r\nA\r\n\r\n",
        "0\r\n A: b\r\n\r\n",
        "0\r\nA : b\r\n\r\n", "0\r\nA: \u{0}\r\n\r\n",
    ])
    func badLinesAreRefused(chunks: String) {
        expect(["400"], to: Self.post(chunks) + RequestParserTests.good)
    }

    @Test func longExtensionIsRefused() {
        let extensions = String(repeating: "a", count: 100_000)
        expect(["400"], to: Self.post("5;\(extensions)\r\nhello\r\n0\r\n\r\n"), everySplit: false)
        expect(["400"], to: Self.post("5;\(extensions)"), everySplit: false)
        expect(["400"], to: Self.post(String(repeating: "0", count: 100_000)), everySplit: false)
    }

    @Test func trailersAreBoundedAndChangeNoFraming() {
        let many = String(repeating: "A: b\r\n", count: 10_000)
        expect(["431"], to: Self.post("0\r\n\(many)\r\n"), everySplit: false)
        for trailer in ["Content-Length: 5", "Transfer-Encoding: chunked", "host: b", "Connection: close"] {
            expect(["400"], to: Self.post("0\r\n\(trailer)\r\n\r\n") + RequestParserTests.good)
        }
        expect(["POST /", "GET /ok"], to: Self.post("0\r\nX: y\r\n\r\n") + RequestParserTests.good)
    }

    @Test func contentWithoutEndIsNoRequest() {
        expect([], to: Self.post("5\r\nhello\r\n0\r\n"))
        expect([], to: Self.post("5\r\nhel"))
    }
}
