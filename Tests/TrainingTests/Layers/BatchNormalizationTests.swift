import Protocol
import Testing
import Training

/// What batch normalization refuses, and the weights of batch renormalization.
@Suite struct BatchNormalizationTests {
    private func model(_ config: JSONObject) throws -> Sequential {
        var config = config
        config["input_shape"] = [3]
        return try Sequential(
            ModelDefinition(reading: [
                "layers": [["class_name": "BatchNormalization", "config": .object(config)]]
            ]))
    }

    static let faults: [(JSONValue, String)] = [
        (["rmx": 2], "rmax, rmin, dmax are known"), ([2], "an object of numbers"),
        (["rmax": "2"], "an object of numbers"), (["rmax": 0.5, "rmin": 1], "rmax below its rmin"),
        (["dmax": -1], "dmax below 0"),
    ]

    @Test(arguments: faults) func clippingIsChecked(_ clipping: JSONValue, _ part: String) throws {
        let problem = try #require(throws: Problem.self) {
            try model(["renorm": true, "renorm_clipping": clipping])
        }
        #expect(
            problem.errors.map(\.pointer.description) == ["/layers/0/config/renorm_clipping"]
                && problem.detail.contains(part), "\(problem)")
    }

    @Test func deviationsStartAsTheRootsOfVariances() throws {
        let state = try model([
            "renorm": true,
            "moving_variance_initializer": ["class_name": "Constant", "config": ["value": 4]],
        ]).initialState()
        #expect(state.weights.map(\.values) == [1, 0, 0, 4, 2, 0, 2].map { [$0, $0, $0] })
    }
}
