import Testing
import Training

@Suite("Gradients of expressions")
struct ExpressionGradientTests {
    private static let texts = [
        "K.mean(K.square(x - y), axis=-1)", "K.sum(K.abs(x) * y)", "x * K.sigmoid(x)",
        "x ** 3 / (2 + y ** 2)",
        "K.exp(x) / K.sum(K.exp(x), axis=-1, keepdims=True)", "ops.logsumexp(x * y, axis=0)",
        "K.std(x, axis=0) + K.var(y)", "ops.prod(x, axis=-1)", "K.max(x, axis=-1) - K.min(y)",
        "ops.matmul(x, ops.transpose(y))", "K.concatenate([x, x * y], axis=1)[:, 1:5]",
        "K.cumsum(x, axis=1) * y",
        "K.flatten(x)[None, :] * 2", "ops.where(x > y, K.sin(x), K.cos(y))", "K.softplus(x) * K.tanh(y)",
        "ops.gelu(x, approximate=False) + ops.erf(y)", "K.l2_normalize(x, axis=-1)", "x[:, ::-1] * y",
        "K.sqrt(K.sum(K.square(x), axis=-1, keepdims=True) + 1) * y", "x[:, None] * y[:, 1:2][..., None]",
        "ops.arctan2(x, y) + ops.arctan(x) * ops.arcsinh(y)", "K.stack([x, y, x], axis=0)[..., 0]",
        "ops.categorical_crossentropy(ops.softmax(y), ops.softmax(x))", "x % (3 + K.square(y))",
    ]

    /// Central differences of Σ wᵢ f(x)ᵢ, with the sum in double precision.
    @Test("Equal finite differences", arguments: texts)
    func finiteDifferences(_ text: String) throws {
        let x: [Float] = [0.31, -1.22, 0.75, 1.43, -0.58, 2.11]
        let y: [Float] = [0.92, 0.41, -0.87, -1.36, 0.63, 1.27]
        let inputs = ["x", "y"].map { ExpressionInput($0, shape: [nil, 3], isDifferentiable: true) }
        func weight(_ index: Int) -> Float { 0.3 + 0.2 * Float(index % 5) }
        func total(_ arrays: [[Float]]) throws -> Double {
            var bench = try ExpressionBench(text, Array(zip(inputs, arrays)), rows: 2)
            bench.arrays = arrays
            return try bench.run().value.enumerated().reduce(0) {
                $0 + Double(weight($1.offset)) * Double($1.element)
            }
        }
        let bench = try ExpressionBench(text, Array(zip(inputs, [x, y])), rows: 2)
        let gradients = try bench.run(weights: weight).gradients
        for (index, gradient) in gradients.enumerated() {
            guard let gradient else { continue }
            for element in x.indices {
                var (above, below) = ([x, y], [x, y])
                above[index][element] += 1e-2
                below[index][element] -= 1e-2
                let width = Double(above[index][element]) - Double(below[index][element])
                let slope = try (total(above) - total(below)) / width
                let found = Double(gradient[element])
                #expect(
                    abs(found - slope) <= 2e-3 + 2e-3 * abs(slope),
                    "\(index) \(element): \(found), not \(slope)")
            }
        }
    }

    @Test("Add up in the array that the caller binds") func bound() throws {
        let input = ExpressionInput("x", shape: [nil, 2], isDifferentiable: true)
        let program = try Expression(parsing: "K.flatten(x) * 2 + K.sum(x)").program(inputs: [input])
        let run = try program.makeRun(maximumRows: 2)
        let x: [Float] = [1, 2, 3, 4]
        let slope: [Float] = [1, 10, 100, 1000]
        var sum: [Float] = [0.5, 0.5, 0.5, 0.5]
        x.withUnsafeBufferPointer { x in
            sum.withUnsafeMutableBufferPointer { sum in
                slope.withUnsafeBufferPointer { slope in
                    guard let x = x.baseAddress, let sum = sum.baseAddress, let slope = slope.baseAddress
                    else {
                        return
                    }
                    run.bind(input: 0, to: x)
                    run.bindGradient(input: 0, to: sum)
                    _ = run.forward(rows: 2)
                    run.backward(outputGradient: slope)
                    run.backward(outputGradient: slope)
                }
            }
        }
        #expect(sum == [2226.5, 2262.5, 2622.5, 6222.5])
    }

    @Test(
        "Flow to the inputs that are meant, by differentiable steps only",
        arguments: [
            ("K.mean(x * y)", [true, false]), ("K.round(x)", [false, false]), ("y", [false, false]),
            ("ops.stop_gradient(x) * y", [false, false]), ("K.equal(x, y)", [false, false]),
            ("x", [true, false]), ("K.argmax(x) * 1.0", [false, false]), ("K.flatten(x)", [true, false]),
        ])
    func reach(_ text: String, _ wanted: [Bool]) throws {
        let program = try Expression(parsing: text).program(inputs: [
            ExpressionInput("x", shape: [nil, 3], isDifferentiable: true),
            ExpressionInput("y", shape: [nil, 3]),
        ])
        #expect(wanted == [0, 1].map { program.reaches(input: $0) })
        #expect(program.isDifferentiable == wanted.contains(true))
    }
}
