import Protocol
import Testing

@Suite struct JSONParserTests {
    static let documents: [(String, JSONValue)] = [
        ("null", .null), (" true\n", true), ("false", false), ("0", 0), ("-0", 0),
        ("9007199254740993", .integer(9_007_199_254_740_993)),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .number(9_223_372_036_854_775_808)),
        ("1.0", .number(1)), ("1e2", .number(100)), ("-2.5E-3", .number(-0.0025)), ("0.1e1", .number(1)),
        ("0.30000000000000004", .number(0.30000000000000004)), ("5e-324", .number(.leastNonzeroMagnitude)),
        ("2.2250738585072011e-308", .number(Double.leastNormalMagnitude.nextDown)), ("1e-400", .number(0)),
        ("123456789012345678901234567890", .number(1.2345678901234568e29)),
        ("1e400", .number(.infinity)), ("-1e400", .number(-.infinity)),
        ("1e99999999999999999999999", .number(.infinity)), ("[]", []), ("{}", [:]), ("[ ]", []),
        ("[1, [2.5,\"x\"], {\"a\": null}]", [1, [2.5, "x"], ["a": nil]]),
        (#""\u0041\n\"\\\/\b\f\r\t\u00e9\ud83d\ude00é😀""#, .string("A\n\"\\/\u{8}\u{c}\r\té😀é😀")),
        (#""\u0000""#, .string("\0")),
    ]

    @Test(arguments: documents)
    func reads(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
    }

    @Test func keepsTheOrderOfMembers() throws {
        let value = try JSONValue(parsing: #"{"z":1,"a":2,"m":3}"#)
        #expect(value.object.map { Array($0.keys) } == ["z", "a", "m"])
    }

    @Test(arguments: [
        "", " ", "[", "{", "\"", "\"a", "nul", "tru", "True", "NaN", "Infinity", "-", "+1", "01", "-01", "1.",
        ".5",
        "1e", "1e+", "0x10", "1_0", "[1,]", "[,1]", "[1 2]", "{\"a\":1,}", "{a:1}", "{'a':1}", "{\"a\" 1}",
        "{\"a\":}", "{1:2}", "{} {}", "1 2", "[]]", "[1] // x", "/* x */ 1", "\u{feff}1", "\"\u{1}\"",
        "\"\n\"",
        #""\x""#, #""\u12""#, #""\u12G4""#, #""\ud800""#, #""\udc00""#, #""\ud800\u0041""#,
        #""\ud800\ud800""#,
        #""\ud800x""#, #"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#, "[1}", "{\"a\":1]", "\"\\",
    ])
    func refuses(text: String) {
        #expect { try JSONValue(parsing: text) } throws: { ($0 as? Problem)?.kind == .malformed }
    }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0xE2, 0x82, 0x22],
            [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0xEF, 0xBB, 0xBF, 0x31], [0xFF, 0xFE, 0x31, 0x00],
            [0x31, 0x00], [0x80],
        ] as [[UInt8]])
    func refusesBytes(bytes: [UInt8]) {
        #expect { try JSONValue(parsing: bytes) } throws: { ($0 as? Problem)?.kind == .malformed }
    }

    @Test func limitsDepth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try JSONValue(parsing: nested(512)) }
        #expect(throws: Problem.self) { try JSONValue(parsing: nested(513)) }
        #expect(throws: Problem.self) { try JSONValue(parsing: nested(100_000)) }
        #expect(throws: Problem.self) {
            try JSONValue(parsing: String(repeating: "{\"a\":", count: 100_000))
        }
        #expect(throws: Problem.self) {
            try JSONValue(parsing: nested(3), limits: JSONLimits(maximumDepth: 2))
        }
    }

    @Test func namesThePlace() {
        #expect {
            try JSONValue(parsing: "{\n  \"é\": 1,\n  \"é\": 2, \"x\": nul}")
        } throws: { error in
            (error as? Problem)?.detail
                == "Malformed JSON at line 3, column 3: the member 'é' appears twice in one object."
        }
        #expect {
            try JSONValue(parsing: "[\"é\", 1,]")
        } throws: { error in
            (error as? Problem)?.detail
                == "Malformed JSON at line 1, column 9: a comma must not stand before ']'."
        }
    }

    @Test func anyCutOfADocumentIsRefused() {
        let text = Array(#"{"a":[1.5e3,true,null,"\u00e9\ud83d\ude00é"],"b":{"c":false}}"#.utf8)
        for end in text.indices {
            #expect(throws: Problem.self) { try JSONValue(parsing: text[..<end]) }
        }
    }
}
