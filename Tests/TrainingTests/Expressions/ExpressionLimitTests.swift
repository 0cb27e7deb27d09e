import Protocol
import Testing
import Training

@Suite("No expression exhausts memory, stack or time")
struct ExpressionLimitTests {
    private let inputs = [
        ExpressionInput("x", shape: [nil, 3], isDifferentiable: true), ExpressionInput("y", shape: [nil, 3]),
    ]

    private func program(_ text: String) throws -> ExpressionProgram {
        try Expression(parsing: text).program(inputs: inputs)
    }

    @Test("Text of the greatest length, and one byte more") func length() throws {
        let sum = String(repeating: "x+", count: (Expression.maximumLength - 1) / 2)
        _ = try program(sum + " x")
        #expect(throws: Problem.self) { try Expression(parsing: sum + "  x") }
    }

    @Test("Nesting at the limit, and past it", arguments: ["(", "-", "[", "K.exp(", "1 ** ", "x["])
    func depth(_ opening: String) throws {
        let closing = opening.hasSuffix("(") ? ")" : opening.hasSuffix("[") ? "]" : ""
        func nested(_ depth: Int) -> String {
            String(repeating: opening, count: depth) + "0" + String(repeating: closing, count: depth)
        }
        _ = try Expression(parsing: nested(63))
        for depth in [65, 500] {
            let problem = #expect(throws: Problem.self) { try Expression(parsing: nested(depth)) }
            #expect(problem?.detail.contains("nests deeper than 64 levels") == true)
        }
    }

    @Test(
        "Unclosed and unopened brackets by the thousand",
        arguments: ["(", ")", "[", "]", "-", "~", "x[", ","])
    func brackets(_ bracket: String) {
        let text = String(
            String(repeating: bracket, count: Expression.maximumLength).prefix(Expression.maximumLength))
        #expect(throws: Problem.self) { try Expression(parsing: text) }
    }

    @Test(
        "Shapes that no memory holds",
        arguments: [
            "ops.one_hot(x, 9223372036854775807)", "ops.one_hot(ops.one_hot(x, 4294967296), 4294967296)",
            "ops.one_hot(ops.one_hot(x, 2147483647), 9223372036854775807)",
            "x[:, None, None, :, None] + ops.one_hot(x, 1000000)[:, None, :, None, :] * K.flatten(ops.one_hot(x, 4000))",
            "ops.reshape(ops.one_hot(x, 1000000000), (-1, 1))",
        ])
    func elements(_ text: String) throws {
        #expect(throws: Problem.self) { try program(text).makeRun(maximumRows: 128) }
        #expect(throws: Problem.self) { try program(text).byteCount(maximumRows: .max) }
    }

    @Test("A batch squared is refused where it is too large only") func squaredBatch() throws {
        let program = try program("ops.matmul(x, ops.transpose(x))")
        #expect(try program.makeRun(maximumRows: 64).maximumRows == 64)
        let problem = #expect(throws: Problem.self) { try program.makeRun(maximumRows: 1 << 20) }
        #expect(problem?.detail.contains("batches of 1048576 rows") == true)
        #expect(throws: Problem.self) { try program.makeRun(maximumRows: .max) }
    }

    @Test("Products of matrices are counted") func products() throws {
        let input = ExpressionInput("x", shape: [4096, 4096])
        let text = "x" + String(repeating: " @ x", count: 3)
        #expect(throws: Problem.self) {
            try Expression(parsing: text).program(inputs: [input]).makeRun(maximumRows: 1)
        }
    }

    @Test("Equal parts are calculated once, and memory that is free is used again") func reuse() throws {
        let forward = [ExpressionInput("x", shape: [nil, 256])]
        func bytes(_ text: String) throws -> Int {
            try Expression(parsing: text).program(inputs: forward).byteCount(maximumRows: 32)
        }
        let one = try bytes("K.exp(x)")
        #expect(try bytes("K.exp(K.sin(K.cos(K.tanh(K.sigmoid(K.abs(x))))))") <= 2 * one)
        #expect(try bytes("K.exp(x) + K.exp(x) * K.exp(x)") <= 3 * one)
    }

    @Test(
        "Input shapes that make no sense",
        arguments: [[nil, nil], [nil, 0], [nil, -1], [3, nil], [0]] as [[Int?]])
    func badInputs(_ shape: [Int?]) {
        #expect(throws: Problem.self) {
            try Expression(parsing: "x").program(inputs: [ExpressionInput("x", shape: shape)])
        }
    }

    @Test("More than eight axes") func rank() {
        #expect(throws: Problem.self) { try program("x[None, None, None, None, None, None, None]") }
        #expect(throws: Problem.self) {
            try program(String(repeating: "ops.stack([", count: 8) + "x" + String(repeating: "])", count: 8))
        }
    }
}
