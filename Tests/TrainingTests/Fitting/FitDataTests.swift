import Protocol
import Testing
import Training

/// What a fit takes for inputs, targets and weights, and what it says of what Keras would not take either.
@Suite struct FitDataTests {
    /// A fit of one dense unit on steps, or on flat samples of one feature.
    static func fit(
        x: [Int], y: [Int], weight: [Int]? = nil, input: [JSONValue] = [3, 2], batchSize: Int = 2
    ) throws -> Fit {
        func array(_ shape: [Int]) -> DataArray {
            DataArray(shape: shape, values: (0..<shape.reduce(1, *)).map { Float($0 % 7) / 7 })
        }
        let model = try Sequential(
            ModelDefinition(reading: [
                "layers": [["class_name": "Dense", "config": ["units": 1, "input_shape": .array(input)]]]
            ]))
        var options = FitOptions()
        options.batchSize = batchSize
        return try Fit(
            model: model, compilation: Compilation(reading: ["loss": "mse", "weighted_metrics": ["mae"]]),
            state: nil,
            data: TrainingData(x: array(x), y: array(y), sampleWeight: weight.map(array)), options: options,
            runtime: Runtime(memoryLimit: 1 << 24))
    }

    static let taken: [[Int]] = [[4, 1], [4, 3], [4, 3, 1], [4, 1, 1]]

    @Test(arguments: taken) func weightsThatFitSteps(_ weight: [Int]) throws {
        _ = try Self.fit(x: [4, 3, 2], y: [4, 3, 1], weight: weight)
    }

    static let refused: [[Int]] = [[4], [4, 2], [4, 3, 2, 1]]

    @Test(arguments: refused) func weightsThatDoNot(_ weight: [Int]) throws {
        let problem = try #require(throws: Problem.self) {
            try Self.fit(x: [4, 3, 2], y: [4, 3, 1], weight: weight)
        }
        #expect(problem.errors.map(\.pointer.description) == ["/sample_weight"])
        if weight == [4] { #expect(problem.detail.contains("give it a last axis of size 1")) }
    }

    @Test func aWeightForTheOnlySampleOfABatch() throws {
        _ = try Self.fit(x: [4, 3, 2], y: [4, 3, 1], weight: [4], batchSize: 1)
    }

    @Test(arguments: [[4], [4, 1], [4, 1, 1]]) func aLastAxisOfInputsComesAndGoes(_ x: [Int]) throws {
        _ = try Self.fit(x: x, y: [4], input: [1])
    }

    @Test func samplesOfABatchThatIsNotGiven() {
        #expect(BatchSize.resolved(nil, steps: nil, samples: 1000) == 32)
        #expect(BatchSize.resolved(nil, steps: 5, samples: 24) == 5)
        #expect(BatchSize.resolved(nil, steps: 100, samples: 24) == 1)
        #expect(BatchSize.resolved(8, steps: 100, samples: 24) == 8)
        #expect(BatchSize.resolved(nil, steps: .max, samples: .max) == 1)
    }
}
