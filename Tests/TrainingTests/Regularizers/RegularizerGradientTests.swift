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

    static let expressions = [
        "0.3 * K.sum(K.square(x))", "K.square(x) * 0.1", "K.sqrt(K.sum(K.square(K.dot(K.transpose(x), x))))",
        "K.sum(x[0] * x[-1])",
    ]

    @Test(arguments: expressions) func expressionsGradientIsTheLimitOfDifferences(_ text: String) throws {
        let layer = try LayerExample(
            "Dense", ["units": 3, "activity_regularizer": ["expression": .string(text)]]
        ).makeLayer()
        try check(try #require(layer.activityRegularizer), text)
    }

    /// The penalty of a batch is that of the rows at hand.
    @Test func batchesOfAnySizeHaveAPenalty() throws {
        let layer = try LayerExample(
            "Dense", ["units": 3, "activity_regularizer": ["expression": "K.sum(x) * 2 + K.square(x[0])"]]
        ).makeLayer()
        let operation = try #require(layer.activityRegularizer).makeOperation(shape: [4, 2], isBatch: true)
        #expect(operation.value([1, 2, 3, 4, 5, 6, 7, 8], count: 8) == 149)
        #expect(operation.value([1, 2, 3, 4], count: 4) == 45)
        var gradient: [Float] = [0, 0, 1, 0]
        operation.addGradient([1, 2, 3, 4], scale: 0.5, to: &gradient, count: 4)
        #expect(gradient == [3, 4, 3, 2])
    }

    static let faults: [(JSONValue, String)] = [
        (["expression": "0.1 * K.sum(y)"], "Character 13"),
        (["name": "steps", "expression": "K.sum(K.sign(x))"], "no gradient by x"),
        (["expression": "K.sum(x[7])"], "Character"),
    ]

    @Test(arguments: faults, ["kernel_regularizer", "activity_regularizer"])
    func faultsTellTheirPlace(_ fault: (JSONValue, String), _ argument: String) throws {
        let problem = try #require(throws: Problem.self) {
            try Sequential(
                ModelDefinition(reading: [
                    "layers": [
                        [
                            "class_name": "Dense",
                            "config": ["units": 2, "input_shape": [3], argument: fault.0],
                        ]
                    ]
                ]))
        }
        #expect(
            problem.errors.map(\.pointer.description) == ["/layers/0/config/\(argument)/expression"]
                && problem.detail.contains(fault.1), "\(problem)")
    }

    @Test func everyRegularizerIsTried() {
        #expect(Set(Self.trials.map(\.0)) == Set(Registry.regularizers.names))
    }

    @Test(arguments: trials) func gradientIsTheLimitOfDifferences(_ name: String, _ config: JSONObject) throws
    {
        let regularizer = try #require(
            Registry.regularizers.read(
                ["class_name": .string(name), "config": .object(config)], at: .root, faults: Faults()))
        try check(regularizer, name)
    }

    private func check(_ regularizer: any Regularizer, _ name: String) throws {
        let operation = try regularizer.makeOperation(shape: [4, 3], isBatch: false)
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
