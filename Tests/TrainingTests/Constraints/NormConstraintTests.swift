import Protocol
import Testing
import Training

/// Weights after a constraint, held against Keras's.
@Suite struct NormConstraintTests {
    private func constrained(_ name: String, _ config: JSONObject, shape: [Int]) throws -> [Float] {
        let constraint = try #require(
            Registry.constraints.read(
                ["class_name": .string(name), "config": .object(config)], at: .root, faults: Faults()))
        var values = (0..<shape.reduce(1, *)).map { Float(sines[$0 % sines.count]) }
        try constraint.makeOperation(shape: shape).apply(&values)
        return values
    }

    /// `2 sin(0.9 i)`.
    private let sines: [Double] = [
        0, 1.566654, 1.947695, 0.85476, -0.885041, -1.95506, -1.545529, 0.033628, 1.587336, 1.939779,
        0.824237, -0.915072, -1.961872, -1.523949, 0.067246, 1.607568, 1.931315, 0.793481, -0.944844,
        -1.968130, -1.501939, 0.100846, 1.627345, 1.922306,
    ]

    @Test func normsAlongAxesThatAreNotNeighbours() throws {
        let keras: [Float] = [
            0, 0.394901, 0.490948, 0.215456, -0.220427, -0.486924, -0.384927, 0.008375, 0.39186, 0.478867,
            0.203477, -0.225901, -0.494522, -0.384141, 0.01695, 0.405214, 0.48101, 0.197623, -0.235321,
            -0.490179, -0.370788, 0.024895, 0.401738, 0.474553,
        ]
        let ours = try constrained("MaxNorm", ["max_value": 1, "axis": [0, 2]], shape: [2, 3, 4])
        for (a, b) in zip(ours, keras) { #expect(abs(a - b) < 5e-5) }
    }

    @Test func normsAlongTheLastAxis() throws {
        let keras: [Float] = [
            0, 1.376376, 1.711138, 0.750945, -0.777146, -1.716719, -1.357114, 0.029528, 1.362058, 1.664482,
            0.70726, -0.785203, -1.643783, -1.276878, 0.056343, 1.346925, 1.604975, 0.659404, -0.785191,
            -1.635569, -1.26287, 0.084791, 1.368285, 1.616287,
        ]
        let ours = try constrained(
            "MinMaxNorm", ["min_value": 1, "max_value": 2, "rate": 0.5, "axis": -1], shape: [2, 3, 4])
        for (a, b) in zip(ours, keras) { #expect(abs(a - b) < 5e-5) }
    }

    @Test func unitNormIsOne() throws {
        let ours = try constrained("UnitNorm", ["axis": 0], shape: [6, 4])
        for column in 0..<4 {
            let square = (0..<6).reduce(Float(0)) { $0 + ours[$1 * 4 + column] * ours[$1 * 4 + column] }
            #expect(abs(square - 1) < 1e-5)
        }
    }

    @Test func nonNegLeavesNothingBelowZero() throws {
        let ours = try constrained("NonNeg", [:], shape: [24])
        #expect(ours.allSatisfy { $0 >= 0 } && ours.contains { $0 > 1 })
    }

    @Test func anAxisThatIsNotThereIsAFaultOfTheModel() throws {
        let problem = try #require(throws: Problem.self) {
            try Sequential(
                ModelDefinition(reading: [
                    "layers": [
                        [
                            "class_name": "Dense",
                            "config": [
                                "units": 2, "input_shape": [3],
                                "kernel_constraint": ["class_name": "MaxNorm", "config": ["axis": 2]],
                            ],
                        ]
                    ]
                ]))
        }
        #expect(problem.detail == "MaxNorm along axis 2 does not fit a weight of shape (3, 2).")
    }
}
