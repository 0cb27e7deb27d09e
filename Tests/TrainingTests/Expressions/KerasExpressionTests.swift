import Testing
import Training

@Suite("Expressions give what Keras gives")
struct KerasExpressionTests {
    @Test("The fixture was read") func fixture() {
        #expect(ExpressionFixture.keras.cases.count > 200)
    }

    @Test("Value, shape and gradients", arguments: ExpressionFixture.keras.cases)
    func agrees(_ example: ExpressionFixture.Case) throws {
        let arrays = try example.inputs.map { try #require(ExpressionFixture.keras.arrays[$0]) }
        let inputs = zip(example.inputs, arrays).map { name, array in
            (
                ExpressionInput(name, shape: array.shape, isDifferentiable: example.gradients != nil),
                array.values
            )
        }
        let rows = arrays.compactMap(\.rows).first ?? 1
        let bench = try ExpressionBench(example.expression, inputs, rows: rows)
        #expect(bench.program.outputShape.count == example.shape.count)
        for (found, wanted) in zip(bench.program.outputShape, example.shape) {
            #expect(found ?? wanted == wanted)
        }
        let outcome = try bench.run(weights: { 0.5 + 0.1 * Float($0 % 7) })
        #expect(difference(outcome.value, example.value) == nil)
        for (name, gradient) in zip(example.inputs, outcome.gradients) {
            guard let wanted = example.gradients?[name] else { continue }
            let found = gradient ?? Array(repeating: 0, count: wanted.count)
            #expect(difference(found, wanted, absolute: 1e-5, relative: 3e-5) == nil, "gradient of \(name)")
        }
    }

    @Test(
        "A shorter batch after a longer one",
        arguments: ["K.mean(x, axis=0)", "x - K.mean(x)", "ops.ones_like(x) * x"])
    func shorterBatch(_ text: String) throws {
        let values = (0..<12).map { Float($0) * 0.5 - 2 }
        let input = ExpressionInput("x", shape: [nil, 3])
        let bench = try ExpressionBench(text, [(input, values)], rows: 4)
        let run = try bench.program.makeRun(maximumRows: 4)
        try values.withUnsafeBufferPointer { buffer in
            run.bind(input: 0, to: try #require(buffer.baseAddress))
            _ = run.forward(rows: 4)
            let short = Array(run.forward(rows: 2))
            let alone = try ExpressionBench(text, [(input, Array(values.prefix(6)))], rows: 2).run().value
            #expect(short == alone)
        }
    }
}
