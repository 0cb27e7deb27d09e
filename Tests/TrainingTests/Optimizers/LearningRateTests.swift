import Protocol
import Testing
import Training

/// Rates of schedules, held against those of `keras.optimizers.schedules`.
@Suite struct LearningRateTests {
    private func rates(_ json: JSONValue, steps: Int = 24) throws -> [Float] {
        let faults = Faults()
        let rate = try #require(LearningRate(reading: json, at: .root, faults: faults), "\(faults.found)")
        let run = try rate.makeRun()
        return (0..<steps).map { run.rate(at: $0) }
    }

    static let schedules: [(JSONValue, [Float])] = [
        (
            [
                "class_name": "CosineDecayRestarts",
                "config": [
                    "initial_learning_rate": 0.1, "first_decay_steps": 5, "t_mul": 1.5, "m_mul": 0.9,
                    "alpha": 0.1,
                ],
            ],
            [
                0.1, 0.09140576, 0.06890576, 0.04109422, 0.01859423, 0.091, 0.08749858, 0.07759979,
                0.06301519,
                0.0462666, 0.03025, 0.01773481, 0.01088502, 0.08254527, 0.07974873, 0.07437231, 0.06683258,
                0.05771366, 0.04772208, 0.03763194, 0.028225, 0.02023007, 0.01426656, 0.01079652,
            ]
        ),
        (
            [
                "class_name": "CosineDecayRestarts",
                "config": ["initial_learning_rate": 0.1, "first_decay_steps": 4, "t_mul": 1, "m_mul": 0.5],
            ],
            [0.1, 0.08535534, 0.05, 0.01464466, 0.05, 0.04267767, 0.025, 0.00732233, 0.025, 0.02133884]
        ),
        (
            [
                "class_name": "PolynomialDecay",
                "config": [
                    "initial_learning_rate": 0.1, "decay_steps": 7, "end_learning_rate": 0.01, "power": 2,
                    "cycle": true,
                ],
            ],
            [
                0.1, 0.07612245, 0.05591837, 0.03938776, 0.02653061, 0.01734694, 0.01183673, 0.01, 0.02653061,
                0.02147959, 0.01734694, 0.01413265, 0.01183673, 0.01045918, 0.01, 0.01734694,
            ]
        ),
        (
            [
                "class_name": "CosineDecay",
                "config": ["initial_learning_rate": 0.1, "decay_steps": 10, "alpha": 0.05],
            ],
            [
                0.1, 0.09767518, 0.09092831, 0.0804198, 0.0671783, 0.0525, 0.03782168, 0.0245802, 0.01407169,
                0.00732482, 0.005, 0.005,
            ]
        ),
        (
            [
                "class_name": "ExponentialDecay",
                "config": [
                    "initial_learning_rate": 0.1, "decay_steps": 4, "decay_rate": 0.5, "staircase": true,
                ],
            ],
            [0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.025, 0.0125]
        ),
        (
            ["name": "halved", "expression": "0.1 * 0.5 ** (step // 4)"],
            [0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.025]
        ),
        (
            ["expression": "0.1 if step < 3 else 0.1 * math.exp(-1)"],
            [0.1, 0.1, 0.1, 0.03678794, 0.03678794]
        ),
    ]

    @Test(arguments: schedules) func ratesAreKeras(_ json: JSONValue, _ want: [Float]) throws {
        for (index, (a, b)) in zip(try rates(json), want).enumerated() {
            #expect(abs(a - b) < 1e-6, "step \(index)")
        }
    }

    static let faults: [(JSONValue, String, String)] = [
        (-1, "", "number from 0"),
        (["class_name": "CosineDecai", "config": [:]], "/class_name", "Did you mean 'CosineDecay'?"),
        (
            ["class_name": "ExponentialDecay", "config": ["initial_learning_rate": 1, "decay_steps": 0]],
            "/config/decay_steps", "from"
        ),
        (
            [
                "class_name": "PiecewiseConstantDecay",
                "config": ["boundaries": [1, 2], "values": [0.1, 0.2]],
            ], "/config/values", "one number more than boundaries"
        ),
        (["expression": "0.1 * stp"], "/expression", "did you mean 'step'?"),
        (["expression": "0.1 *"], "/expression", "Character"),
        (["expression": "K.stack([step, step])"], "/expression", "one number"),
    ]

    @Test(arguments: faults) func faultsTellTheirPlace(_ json: JSONValue, _ pointer: String, _ part: String)
        throws
    {
        let faults = Faults()
        #expect(LearningRate(reading: json, at: .root, faults: faults) == nil)
        #expect(
            faults.found.contains { $0.pointer.description == pointer && $0.detail.contains(part) },
            "\(faults.found.map { "\($0.pointer): \($0.detail)" })")
    }
}
