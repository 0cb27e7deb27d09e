import Protocol
import Testing
import Training

/// Every penalty's gradient is held against differences of its own values.
@Suite struct RegularizerGradientTests {
    static let trials: [(String, JSONObject)] = [
        ("L1", ["l1": 0.3]), ("L2", ["l2": 0.2]), ("L1L2", ["l1": 0.1, "l2": 0.4]),
        ("OrthogonalRegularizer", ["factor": 0.7]),
        ("OrthogonalRegularizer", ["factor": 0.7, "mode": "columns"]),
    ]

    @Test func everyRegularizerIsTried() {
        #expect(Set(Self.trials.map(\.0)) == Set(Registry.regularizers.names))
    }

    @Test(arguments: trials) func gradientIsTheLimitOfDifferences(_ name: String, _ config: JSONObject) throws
    {
        let regularizer = try #require(
            Registry.regularizers.read(
                ["class_name": .string(name), "config": .object(config)], at: .root, faults: Faults()))
        let operation = try regularizer.makeOperation(shape: [4, 3])
        var random = SteadyRandom(state: 3)
        var values = random.values(.numbers, [4, 3])
        var gradient = [Float](repeating: 0.25, count: 12)
        operation.addGradient(values, scale: 2, to: &gradient, count: 12)
        for index in values.indices {
            let middle = values[index]
            values[index] = middle + 1e-3
            let above = operation.value(values, count: 12)
            values[index] = middle - 1e-3
            let below = operation.value(values, count: 12)
            values[index] = middle
            let slope = 0.25 + 2 * (above - below) / Double((middle + 1e-3) - (middle - 1e-3))
            #expect(abs(slope - Double(gradient[index])) < 1e-3, "\(name)[\(index)]")
        }
    }

    @Test func orthogonalRegularizerTakesMatricesOnly() throws {
        let problem = try #require(throws: Problem.self) {
            try Sequential(
                ModelDefinition(reading: [
                    "layers": [
                        [
                            "class_name": "Dense",
                            "config": [
                                "units": 2, "input_shape": [3], "bias_regularizer": "OrthogonalRegularizer",
                            ],
                        ]
                    ]
                ]))
        }
        #expect(problem.detail == "OrthogonalRegularizer takes matrices, not arrays of 1 dimensions.")
        #expect(problem.errors.first?.pointer.description.hasPrefix("/layers/0") == true)
    }
}
