import Protocol
import Testing

@Suite struct JSONWriterTests {
    static let documents: [(JSONValue, String)] = [
        (.null, "null"), (true, "true"), (-7, "-7"), (.integer(.min), "-9223372036854775808"),
        (.number(0.1), "0.1"), (.number(1), "1.0"), (.number(1e300), "1e+300"), (.number(-0.0), "-0.0"),
        (.number(.nan), #""NaN""#), (.number(.infinity), #""Infinity""#),
        (.number(-.infinity), #""-Infinity""#),
        (.string("a\"\\\n\r\t\u{1}\u{1f}/é😀\u{7f}"), #""a\"\\\n\r\t\u0001\u001f/é😀"# + "\u{7f}\""),
        ([], "[]"), ([:], "{}"), (["b": [1, nil], "a": ["x": "y"]], #"{"b":[1,null],"a":{"x":"y"}}"#),
    ]

    @Test(arguments: documents)
    func writes(value: JSONValue, text: String) {
        #expect(value.encodedString() == text)
    }

    @Test func indents() {
        let value: JSONValue = ["a": [1, []], "b": [:]]
        #expect(
            value.encodedString(pretty: true) == """
                {
                  "a": [
                    1,
                    []
                  ],
                  "b": {}
                }
                """)
    }

    @Test func everythingWrittenReadsBackTheSame() throws {
        var generator = SystemRandomNumberGenerator()
        var elements: [JSONValue] = [
            .string(String((0..<0x300).compactMap(Unicode.Scalar.init).map(Character.init)))
        ]
        for _ in 0..<20_000 {
            let value = Double(bitPattern: generator.next())
            if value.isFinite { elements.append(.number(value)) }
            elements.append(.integer(Int64(bitPattern: generator.next())))
            elements.append(.number(Double.random(in: -1...1)))
        }
        let value = JSONValue.object(["values": .array(elements)])
        #expect(try JSONValue(parsing: value.encoded()) == value)
        #expect(try JSONValue(parsing: value.encoded(pretty: true)) == value)
    }
}
