import Protocol
import Testing
import Training

/// What every layer that draws keeps to: it draws in training alone, anew in each step, and by the seed.
@Suite struct RandomLayerTests {
    /// A layer that draws, and an input that shows it.
    struct Trial: Sendable, CustomStringConvertible {
        let className: String
        let config: JSONObject
        let shape: [Int]
        var description: String { className }

        /// The layer itself, and the cell that it runs.
        var classNames: [String] {
            [className] + [config["cell"]?["class_name"]?.string].compactMap(\.self)
        }

        /// The trial with a seed of its own: the cell's, where a cell draws.
        var seeded: Trial {
            var config = config
            if let cell = config["cell"], var drawn = cell["config"]?.object {
                drawn["seed"] = 5
                config["cell"] = ["class_name": cell["class_name"] ?? .null, "config": .object(drawn)]
            } else {
                config["seed"] = 5
            }
            return Trial(className: className, config: config, shape: shape)
        }
    }

    private static let cell: JSONObject = ["units": 4, "dropout": 0.4, "recurrent_dropout": 0.4]
    private static let convolution: JSONObject = [
        "filters": 3, "kernel_size": 2, "dropout": 0.4, "recurrent_dropout": 0.4,
    ]
    private static let image = [40, 6, 5, 2]

    private static func overCell(_ className: String) -> Trial {
        let cell: JSONValue = ["class_name": .string(className), "config": .object(cell)]
        return Trial(className: "RNN", config: ["cell": cell], shape: [20, 3, 5])
    }

    static let trials: [Trial] = [
        Trial(className: "Dropout", config: ["rate": 0.4], shape: [20, 30]),
        Trial(className: "SpatialDropout1D", config: ["rate": 0.4], shape: [20, 3, 30]),
        Trial(className: "SpatialDropout2D", config: ["rate": 0.4], shape: [20, 2, 2, 30]),
        Trial(className: "SpatialDropout3D", config: ["rate": 0.4], shape: [20, 2, 1, 2, 30]),
        Trial(className: "GaussianDropout", config: ["rate": 0.4], shape: [20, 30]),
        Trial(className: "GaussianNoise", config: ["stddev": 0.4], shape: [20, 30]),
        Trial(className: "AlphaDropout", config: ["rate": 0.4], shape: [20, 30]),
        Trial(className: "LSTM", config: cell, shape: [20, 3, 5]),
        Trial(className: "GRU", config: cell, shape: [20, 3, 5]),
        Trial(className: "SimpleRNN", config: cell, shape: [20, 3, 5]),
        overCell("LSTMCell"),
        overCell("GRUCell"),
        overCell("SimpleRNNCell"),
        Trial(className: "ConvLSTM1D", config: convolution, shape: [20, 3, 4, 2]),
        Trial(className: "ConvLSTM2D", config: convolution, shape: [20, 3, 4, 3, 2]),
        Trial(className: "ConvLSTM3D", config: convolution, shape: [20, 3, 2, 3, 2, 2]),
        Trial(className: "RandomFlip", config: [:], shape: image),
        Trial(className: "RandomRotation", config: ["factor": 0.2], shape: image),
        Trial(className: "RandomZoom", config: ["height_factor": 0.2], shape: image),
        Trial(
            className: "RandomTranslation", config: ["height_factor": 0.2, "width_factor": 0.2], shape: image),
        Trial(className: "RandomCrop", config: ["height": 2, "width": 2], shape: [40, 60, 50, 1]),
        Trial(className: "RandomContrast", config: ["factor": 0.5, "value_range": [-9, 9]], shape: image),
        Trial(className: "RandomBrightness", config: ["factor": 0.5, "value_range": [-9, 9]], shape: image),
    ]

    @Test func everyLayerThatTakesASeedIsTried() {
        let tried = Set(Self.trials.flatMap(\.classNames))
        let drawing = Registry.layers.entries.filter { $0.arguments.contains { $0.name == "seed" } }
        #expect(drawing.map(\.className).filter { !tried.contains($0) } == [])
    }

    private func numbers(_ shape: [Int]) -> [Float] {
        var random = TestRandom(state: 1)
        return (0..<shape.reduce(1, *)).map { _ in Float(random.normal()) }
    }

    private func output(_ trial: LayerTrial, seed: UInt64, iteration: UInt64) -> [Float] {
        trial.step.seed = seed
        trial.step.iteration = iteration
        return trial.forward(numbers(trial.input.shape), rows: trial.input.rows)
    }

    @Test(arguments: trials) func drawsBySeedAndStep(_ trial: Trial) throws {
        let layer = try LayerTrial(
            LayerExample(trial.className, .object(trial.config)).makeLayer(), shape: trial.shape)
        let first = output(layer, seed: 1, iteration: 7)
        #expect(output(layer, seed: 1, iteration: 8) != first)
        #expect(output(layer, seed: 2, iteration: 7) != first)
        #expect(output(layer, seed: 1, iteration: 7) == first)
    }

    @Test(arguments: trials) func aSeedOfItsOwnComesFirst(_ trial: Trial) throws {
        let layer = try LayerTrial(
            LayerExample(trial.className, .object(trial.seeded.config)).makeLayer(), shape: trial.shape)
        let first = output(layer, seed: 1, iteration: 7)
        #expect(output(layer, seed: 2, iteration: 7) == first)
        #expect(output(layer, seed: 1, iteration: 8) != first)
    }

    @Test(arguments: trials) func drawsNothingInPrediction(_ trial: Trial) throws {
        let layer = try LayerTrial(
            LayerExample(trial.className, .object(trial.config)).makeLayer(), shape: trial.shape,
            isTraining: false)
        let first = output(layer, seed: 1, iteration: 7)
        #expect(output(layer, seed: 2, iteration: 8) == first)
        if trial.className.contains("Dropout") || trial.className.contains("Noise")
            || (trial.className.hasPrefix("Random") && trial.className != "RandomCrop")
        {
            #expect(first == numbers(trial.shape))
        }
    }
}
