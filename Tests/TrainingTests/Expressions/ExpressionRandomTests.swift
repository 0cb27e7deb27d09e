import Protocol
import Testing
import Training

@Suite("Random expressions give a program or a problem, never more")
struct ExpressionRandomTests {
    private let inputs = [
        ExpressionInput("x", shape: [nil, 3], isDifferentiable: true), ExpressionInput("y", shape: [nil, 3]),
        ExpressionInput("t", shape: [nil, 2, 3], isDifferentiable: true), ExpressionInput("v", shape: [3]),
        ExpressionInput("s", shape: [], isDifferentiable: true),
    ]

    @Test("Well formed", arguments: 0..<24)
    func wellFormed(_ seed: Int) throws {
        var writer = RandomExpression(seed: seed)
        for _ in 0..<150 { try check(writer.text(depth: Int.random(in: 1...4, using: &writer.generator))) }
    }

    @Test("Words in any order", arguments: 0..<24)
    func words(_ seed: Int) throws {
        var writer = RandomExpression(seed: seed)
        for _ in 0..<150 { try check(writer.words()) }
    }

    @Test("Any bytes", arguments: 0..<10)
    func bytes(_ seed: Int) throws {
        var generator = SplitMix(state: UInt64(seed) &+ 1000)
        for _ in 0..<300 {
            let length = Int.random(in: 0...40, using: &generator)
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            try check(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// Runs a text forward and back for batches of several sizes; a problem must have a place.
    private func check(_ text: String) throws {
        do {
            let program = try Expression(parsing: text).program(inputs: inputs)
            guard try program.byteCount(maximumRows: 5) < 1 << 20 else { return }
            let values: [Float] = [0, 1, -1, 2.5, .nan, .infinity, 0.3, -0.7]
            let arrays = inputs.map { input in
                (0..<input.shape.reduce(1) { $0 * ($1 ?? 5) }).map { values[$0 % values.count] }
            }
            for rows in [5, 2, 1] {
                var bench = try ExpressionBench(text, Array(zip(inputs, arrays)), rows: rows)
                bench.rows = rows
                let outcome = try bench.run(maximumRows: 5)
                #expect(outcome.value.count == program.outputCount(rows: rows), "\(text)")
            }
        } catch let problem as Problem {
            #expect(!problem.errors.isEmpty)
        }
    }
}

/// Writes expressions by chance, which are often wrong in shape and sometimes in form.
private struct RandomExpression {
    var generator: SplitMix

    init(seed: Int) { generator = SplitMix(state: UInt64(seed)) }

    private static let reductions = [
        "sum", "mean", "max", "min", "prod", "var", "std", "logsumexp", "softmax", "log_softmax", "cumsum",
        "argmax", "flip", "expand_dims", "squeeze", "any", "l2_normalize", "normalize", "count_nonzero",
    ]
    private static let subscripts = [
        ":", "0", "-1", "...", "None", "::-1", "1:", ":, 1", ":, ::2", "..., 0", ":, None, -1", ":, 1:3",
        "0, 1:",
    ]
    private static let operators = ["+", "-", "*", "/", "//", "%", "**", "@", "<", "==", "&"]
    private static let axes = ["0", "1", "-1", "None", "(0, 1)", "(0, 2)", "(1,)", "()", "2"]
    private static let shapes = ["(-1,)", "(-1, 3)", "(3, -1)", "(1, -1, 3)", "(-1, 6)"]
    private static let leaves = ["x", "y", "t", "v", "s", "2", "0.5", "-1", "True", "[1, 2, 3]"]
    private static let loose =
        Expression.functionNames.map { "K.\($0)(" } + Expression.functionNames.map { "\($0)(x" } + leaves
        + operators
        + [
            "(", ")", "[", "]", ",", ":", "...", "None", "~", "axis=", "keepdims=True", "1e30", "'int32'",
            ".",
            "if", "else", "9223372036854775807", "x)", ", 1)", ", y)", ", axis=-1)",
        ]

    private mutating func pick(_ words: [String]) -> String { words.randomElement(using: &generator) ?? "x" }

    mutating func words() -> String {
        (0..<Int.random(in: 1...12, using: &generator)).map { _ in pick(Self.loose) }.joined(separator: " ")
    }

    mutating func text(depth: Int) -> String {
        guard depth > 0 else { return pick(Self.leaves) }
        let a = text(depth: depth - 1)
        let b = text(depth: Int.random(in: 0..<depth, using: &generator))
        let function = pick(Expression.functionNames)
        switch Int.random(in: 0..<10, using: &generator) {
        case 0: return "(\(a) \(pick(Self.operators)) \(b))"
        case 1: return "K.\(function)(\(a))"
        case 2: return "ops.\(function)(\(a), \(b))"
        case 3: return "\(pick(["K", "ops"])).\(pick(Self.reductions))(\(a), axis=\(pick(Self.axes)))"
        case 4: return "(\(a))[\(pick(Self.subscripts))]"
        case 5: return "ops.concatenate([\(a), \(b), \(a)], axis=\(pick(Self.axes)))"
        case 6: return "ops.where(\(a) > 0, \(b), \(a))"
        case 7: return "ops.reshape(\(a), \(pick(Self.shapes)))"
        case 8: return "\(pick(["K", "ops"])).\(function)(\(a), \(b), \(pick(Self.axes)))"
        default:
            return pick([
                "ops.transpose(\(a))", "ops.one_hot(\(a), 4)", "ops.stack([\(a), \(a)], axis=1)",
                "ops.matmul(\(a), ops.transpose(\(b)))",
                "ops.categorical_crossentropy(\(a), \(b), axis=None)",
                "ops.sparse_categorical_crossentropy(\(a), \(b))", "ops.stop_gradient(\(a))",
            ])
        }
    }
}

/// Sebastiano Vigna's SplitMix64, so that a failure can be repeated.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
