import Protocol
import Testing
import Training

/// What initializers promise of their values.
@Suite struct InitializerTests {
    private func initializer(_ name: String, _ config: JSONObject) throws -> any Initializer {
        try #require(
            Registry.initializers.read(
                ["class_name": .string(name), "config": .object(config)], at: .root, faults: Faults()))
    }

    private func values(_ name: String, _ config: JSONObject = [:], shape: [Int], stream: UInt64 = 1) throws
        -> [Float]
    {
        let initializer = try initializer(name, config)
        var values = [Float](repeating: .nan, count: shape.reduce(1, *))
        try values.withUnsafeMutableBufferPointer { try initializer.fill($0, shape: shape, stream: stream) }
        return values
    }

    @Test(arguments: [[6, 4], [4, 6], [5, 5], [2, 3, 4]]) func orthogonalVectorsAreOrthogonal(_ shape: [Int])
        throws
    {
        let columns = shape[shape.count - 1]
        let rows = shape.dropLast().reduce(1, *)
        let matrix = try values("Orthogonal", ["gain": 0.5], shape: shape)
        let isTall = rows >= columns
        for first in 0..<min(rows, columns) {
            for second in 0...first {
                var product: Float = 0
                for index in 0..<max(rows, columns) {
                    product +=
                        isTall
                        ? matrix[index * columns + first] * matrix[index * columns + second]
                        : matrix[first * columns + index] * matrix[second * columns + index]
                }
                #expect(abs(product - (first == second ? 0.25 : 0)) < 1e-6)
            }
        }
    }

    @Test func distributionsHaveTheirMoments() throws {
        func moments(_ values: [Float]) -> (mean: Double, deviation: Double) {
            let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
            let square = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
            return (mean, (square / Double(values.count)).squareRoot())
        }
        let normal = moments(try values("RandomNormal", ["mean": 2, "stddev": 0.5], shape: [200, 200]))
        #expect(abs(normal.mean - 2) < 0.02 && abs(normal.deviation - 0.5) < 0.01)
        let cut = try values("TruncatedNormal", ["mean": -1, "stddev": 0.5], shape: [200, 200])
        // The deviation of a unit normal that is cut at 2 is 0.8796.
        #expect(abs(moments(cut).deviation - 0.4398) < 0.01)
        #expect(cut.allSatisfy { abs($0 + 1) <= 1.0001 })
        let uniform = try values("RandomUniform", ["minval": -1, "maxval": 3], shape: [200, 200])
        #expect(uniform.allSatisfy { $0 >= -1 && $0 < 3 })
        #expect(abs(moments(uniform).mean - 1) < 0.03 && abs(moments(uniform).deviation - 1.1547) < 0.02)
    }

    @Test func aSeedDecidesTheValues() throws {
        let seeded = try values("RandomNormal", ["seed": 7], shape: [5], stream: 1)
        #expect(try values("RandomNormal", ["seed": 7], shape: [5], stream: 2) == seeded)
        #expect(try values("RandomNormal", ["seed": 8], shape: [5], stream: 1) != seeded)
        #expect(
            try values("RandomNormal", shape: [5], stream: 1) != values("RandomNormal", shape: [5], stream: 2)
        )
    }

    @Test func constantsAreConstant() throws {
        #expect(try values("Constant", ["value": 0.3], shape: [3]) == [0.3, 0.3, 0.3])
        #expect(try values("ones", shape: [2]) == [1, 1])
        #expect(try values("identity", ["gain": 2], shape: [2, 3]) == [2, 0, 0, 0, 2, 0])
    }

    /// Numbers of `keras.initializers.STFT`.
    @Test func transformsAreKeras() throws {
        let real: [Float] = [
            0, 0, 0, 0, 0.4082483, 0.2041241, -0.2041242, -0.4082483, 0.8164966, -0.4082483, -0.4082482,
            0.8164966, 0.4082483, -0.4082483, 0.4082483, -0.4082483, 0, 0, 0, 0,
        ]
        for (a, b) in zip(try values("STFT", ["window": "hann"], shape: [5, 1, 4]), real) {
            #expect(abs(a - b) < 1e-6)
        }
        let imaginary: [Float] = [0, 0, 0, 0, -0.25, 0, 0, 0, 0, 0, 0.25, 0]
        let config: JSONObject = [
            "side": "imag", "window": "hamming", "scaling": "spectrum", "periodic": true,
        ]
        for (a, b) in zip(try values("STFT", config, shape: [4, 1, 3]), imaginary) {
            #expect(abs(a - b) < 1e-6)
        }
        let bare = try values("STFT", ["window": nil, "scaling": nil], shape: [3, 1, 3])
        for (a, b) in zip(bare, [1, 1, 1, 1, 0, -1, 1, -1, 1] as [Float]) { #expect(abs(a - b) < 1e-6) }
    }

    @Test(
        arguments: [
            ("Identity", [:], [3]), ("Orthogonal", [:], [3]), ("STFT", [:], [3, 3]),
            ("STFT", ["window": [1, 2]], [3, 1, 3]),
            ("GlorotUniform", ["input_axes": [2], "output_axes": [0]], [2, 3]),
            ("HeNormal", ["input_axes": [0], "output_axes": [-3]], [2, 3]),
            ("VarianceScaling", ["input_axes": [2], "output_axes": [0]], [2, 3]),
        ] as [(String, JSONObject, [Int])])
    func shapesThatDoNotFitAreRefused(_ name: String, _ config: JSONObject, _ shape: [Int]) throws {
        #expect(throws: (any Error).self) { try values(name, config, shape: shape) }
        #expect(throws: (any Error).self) { try initializer(name, config).check(shape: shape) }
        for other in [[3], [2, 3], [3, 1, 3]] {
            let isDrawn = (try? values(name, config, shape: other)) != nil
            let isChecked = (try? initializer(name, config).check(shape: other)) != nil
            #expect(isChecked == isDrawn)
        }
    }

    /// Those of a forget gate's bias and of a deviation are made of others.
    @Test(
        arguments: [
            ["class_name": "LSTM", "config": ["units": 2, "bias_initializer": "identity"]],
            [
                "class_name": "BatchNormalization",
                "config": ["renorm": true, "moving_variance_initializer": "identity"],
            ],
            ["class_name": "Dense", "config": ["units": 2, "bias_initializer": "orthogonal"]],
        ] as [JSONValue])
    func aCheckIsThatOfTheWholeModel(_ layer: JSONValue) throws {
        let input: JSONValue = ["class_name": "InputLayer", "config": ["batch_shape": [nil, 4, 3]]]
        let definition: JSONValue = ["layers": [input, layer]]
        let model = try Sequential(ModelDefinition(reading: definition))
        #expect(throws: Problem.self) { try model.initialState() }
        #expect(throws: Problem.self) { try model.checkInitializers() }
    }
}
