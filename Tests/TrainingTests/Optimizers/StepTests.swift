import Foundation
import Protocol
import Testing
import Training

/// A step of an optimizer in one pass gives what it gives in many.
@Suite struct StepTests {
    private static let optimizers = [
        "SGD", "RMSprop", "Adam", "AdamW", "Adagrad", "Adadelta", "Adamax", "Nadam", "Ftrl", "Lion",
    ]

    /// The weights and the optimizer's state after a fit of a table of which each step looks up a part.
    private func fit(
        _ optimizer: String, _ config: JSONObject, layer: JSONObject = [:], threads: Int = 1
    ) throws -> [[UInt32]] {
        var embedding: JSONObject = ["input_dim": 600, "output_dim": 40, "input_shape": [6]]
        for (name, value) in layer { embedding[name] = value }
        let model = try Sequential(
            ModelDefinition(reading: [
                "layers": [
                    ["class_name": "Embedding", "config": .object(embedding)],
                    ["class_name": "Flatten", "config": [:]],
                    ["class_name": "Dense", "config": ["units": 1]],
                ]
            ]))
        var state = try model.initialState()
        for index in state.weights.indices {
            let count = state.weights[index].values.count
            state.weights[index].values = (0..<count).map { Float(sin(Double($0) * 0.37)) * 0.1 }
        }
        let x = (0..<240).map { Float($0 * $0 % 211 + 40) }
        let y = (0..<40).map { Float(cos(Double($0) * 1.3)) }
        var options = FitOptions()
        (options.batchSize, options.epochs, options.shuffle) = (8, 3, .none)
        let compile: JSONValue = [
            "optimizer": ["class_name": .string(optimizer), "config": .object(config)], "loss": "mse",
        ]
        let fit = try Fit(
            model: model, compilation: Compilation(reading: compile), state: state,
            data: TrainingData(
                x: DataArray(shape: [40, 6], values: x), y: DataArray(shape: [40, 1], values: y)),
            options: options, runtime: Runtime(threads: threads, memoryLimit: 1 << 26))
        let outcome = fit.run(stop: StopSignal(), observer: SmallFit.Witness())
        let variables = outcome.state.weights + (outcome.state.optimizer?.slots ?? [])
        return variables.map { $0.values.map(\.bitPattern) }
    }

    @Test(arguments: optimizers) func rowsWithoutAGradientHaveOneOfZero(_ optimizer: String) throws {
        // A norm that no gradient reaches needs the whole gradient.
        #expect(try fit(optimizer, [:]) == fit(optimizer, ["clipnorm": 1e30]))
    }

    @Test func aPenaltyReachesAllRows() throws {
        let layer: JSONObject = [
            "embeddings_regularizer": ["class_name": "L2", "config": ["l2": 0.1]]
        ]
        #expect(try fit("SGD", [:], layer: layer) == fit("SGD", ["clipnorm": 1e30], layer: layer))
        #expect(try fit("SGD", [:], layer: layer) != fit("SGD", [:]))
    }

    @Test(arguments: ["Adam", "SGD"]) func threadsShareTheWholeStep(_ optimizer: String) throws {
        for limit: JSONObject in [["clipvalue": 1e-3], ["global_clipnorm": 1e-3], ["clipnorm": 1e-3]] {
            var config: JSONObject = ["weight_decay": 0.01, "use_ema": true, "ema_overwrite_frequency": 4]
            for (name, value) in limit { config[name] = value }
            let alone = try fit(optimizer, config)
            #expect(try fit(optimizer, config, threads: 2) == alone)
            #expect(try fit(optimizer, config, threads: 16) == alone)
        }
    }

    @Test func decayAndAverageAreDoneBesideTheRule() throws {
        let decayed = try fit("SGD", ["learning_rate": 0.1, "weight_decay": 0.5])
        // Row 0 is never looked up: 15 steps of decay alone.
        var first = Float(sin(0.37)) * 0.1
        for _ in 0..<15 { first *= 1 - Float(0.5) * Float(0.1) }
        #expect(Float(bitPattern: decayed[0][1]) == first)
        // Its average is of the weights after each step.
        let averaged = try fit("SGD", ["learning_rate": 0.1, "weight_decay": 0.5, "use_ema": true])
        var (value, average) = (Float(sin(0.37)) * 0.1, Float(0))
        for step in 0..<15 {
            value *= 1 - Float(0.5) * Float(0.1)
            let kept: Float = step == 0 ? 0 : 0.99
            average = (average * kept).addingProduct(value, 1 - kept)
        }
        #expect(abs(Float(bitPattern: averaged[0][1]) - average) <= average.ulp * 16)
    }
}
