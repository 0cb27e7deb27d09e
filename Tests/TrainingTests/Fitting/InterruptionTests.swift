import Foundation
import Protocol
import Testing
import Training

/// A fit that is interrupted in the midst of an epoch ends, bit for bit, as the one that was left alone.
@Suite struct InterruptionTests {
    /// A model, what it is compiled with and fitted with.
    struct Trial: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var layers: [JSONValue] = [
            ["class_name": "Dense", "config": ["units": 4, "activation": "tanh", "input_shape": [3]]],
            ["class_name": "Dropout", "config": ["rate": 0.3]],
            ["class_name": "BatchNormalization", "config": [:]],
            ["class_name": "Dense", "config": ["units": 3, "activation": "softmax"]],
        ]
        var optimizer: JSONValue = "adam"
        var metrics: JSONValue = ["accuracy", "AUC", "F1Score"]
        var shape = [22, 3]
        /// The largest of the inputs, which are whole numbers from 0; nil for any numbers.
        var largest: Int?
        var change: @Sendable (inout FitOptions) -> Void = { _ in }

        init(_ name: String) { testDescription = name }

        func fit(checkpointSeconds: Double?) throws -> Fit {
            let count = shape.reduce(1, *)
            let x = (0..<count).map { index in
                largest.map { Float(index * 7 % ($0 + 1)) } ?? Float(sin(Double(index) * 0.7))
            }
            let y = (0..<shape[0] * 3).map { Float($0 % 3 == $0 / 3 * 5 % 3 ? 1 : 0) }
            var options = FitOptions()
            options.batchSize = 4
            options.epochs = 3
            options.seed = 9
            options.validationSplit = 0.2
            change(&options)
            return try Fit(
                model: Sequential(ModelDefinition(reading: ["layers": .array(layers)])),
                compilation: Compilation(reading: [
                    "optimizer": optimizer, "loss": "categorical_crossentropy", "metrics": metrics,
                ]),
                state: nil,
                data: TrainingData(
                    x: DataArray(shape: shape, values: x), y: DataArray(shape: [shape[0], 3], values: y)),
                options: options,
                runtime: Runtime(memoryLimit: 1 << 26, checkpointSeconds: checkpointSeconds))
        }
    }

    static let optimizers: [Trial] = Registry.optimizers.names.map { name in
        var trial = Trial(name)
        trial.optimizer = ["class_name": .string(name), "config": [:]]
        return trial
    }

    /// What all optimizers have, and what layers keep from batch to batch or draw anew for each.
    static let others: [Trial] = {
        var averaged = Trial("averages and accumulated gradients")
        averaged.optimizer = [
            "class_name": "Adam",
            "config": [
                "use_ema": true, "ema_momentum": 0.7, "ema_overwrite_frequency": 3,
                "gradient_accumulation_steps": 2, "clipnorm": 0.5,
            ],
        ]
        averaged.change = { $0.callbacks = ["SwapEMAWeights"] }
        var scheduled = Trial("a schedule, epochs of other lengths than passes, class weights")
        scheduled.optimizer = [
            "class_name": "SGD",
            "config": [
                "momentum": 0.9,
                "learning_rate": [
                    "class_name": "ExponentialDecay",
                    "config": ["initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 0.8],
                ],
            ],
        ]
        scheduled.change = {
            $0.stepsPerEpoch = 3
            $0.classWeight = [0: 2, 1: 0.5]
            $0.epochs = 5
        }
        var stateful = Trial("recurrent states")
        stateful.layers = [
            [
                "class_name": "LSTM",
                "config": [
                    "units": 3, "stateful": true, "return_sequences": true, "dropout": 0.2,
                    "recurrent_dropout": 0.2, "batch_input_shape": [4, 5, 2],
                ],
            ],
            ["class_name": "GRU", "config": ["units": 3, "stateful": true]],
            ["class_name": "GaussianNoise", "config": ["stddev": 0.1]],
            ["class_name": "Dense", "config": ["units": 3, "activation": "softmax"]],
        ]
        stateful.shape = [20, 5, 2]
        stateful.change = { $0.shuffle = .none }
        var images = Trial("augmented images, spectral norms")
        images.layers = [
            [
                "class_name": "RandomFlip",
                "config": ["mode": "horizontal_and_vertical", "input_shape": [6, 6, 2]],
            ],
            ["class_name": "RandomRotation", "config": ["factor": 0.2]],
            ["class_name": "RandomCrop", "config": ["height": 5, "width": 5]],
            [
                "class_name": "SpectralNormalization",
                "config": [
                    "layer": ["class_name": "Conv2D", "config": ["filters": 2, "kernel_size": 3]]
                ],
            ],
            ["class_name": "SpatialDropout2D", "config": ["rate": 0.3]],
            ["class_name": "Flatten", "config": [:]],
            ["class_name": "AlphaDropout", "config": ["rate": 0.2]],
            ["class_name": "Dense", "config": ["units": 3, "activation": "softmax"]],
        ]
        images.shape = [22, 6, 6, 2]
        var words = Trial("embeddings")
        words.layers = [
            ["class_name": "Embedding", "config": ["input_dim": 8, "output_dim": 3, "input_length": 4]],
            ["class_name": "SpatialDropout1D", "config": ["rate": 0.3]],
            [
                "class_name": "Bidirectional",
                "config": ["layer": ["class_name": "SimpleRNN", "config": ["units": 2]]],
            ],
            ["class_name": "GaussianDropout", "config": ["rate": 0.3]],
            ["class_name": "Dense", "config": ["units": 3, "activation": "softmax"]],
        ]
        words.shape = [22, 4]
        words.largest = 7
        return [averaged, scheduled, stateful, images, words]
    }()

    @Test(arguments: optimizers + others) func anEpochGoesOn(_ trial: Trial) throws {
        let witness = SmallFit.Witness()
        let whole = try trial.fit(checkpointSeconds: 0).run(stop: StopSignal(), observer: witness)
        #expect(witness.midway.count >= whole.history.epochs.count * 2)
        for (checkpoint, _) in witness.midway {
            let fit = try trial.fit(checkpointSeconds: nil)
            let resumed = fit.run(resuming: checkpoint, stop: StopSignal(), observer: SmallFit.Witness())
            let place = "epoch \(checkpoint.nextEpoch), step \(checkpoint.partialEpoch?.step ?? 0)"
            #expect(resumed.state == whole.state, "\(place)")
            #expect(resumed.history == whole.history, "\(place)")
        }
    }

    @Test(arguments: CallbackTests.remembering) func callbacksGoOn(_ callback: JSONValue) throws {
        var fit = SmallFit(epochs: 5, validates: true)
        fit.compile["optimizer"] = [
            "class_name": "SGD", "config": ["learning_rate": 0.3, "momentum": 0.9, "use_ema": true],
        ]
        var verbose = callback
        if case .object(var members) = callback, var config = members["config"]?.object,
            !["CSVLogger", "TensorBoard", "BackupAndRestore", "SwapEMAWeights"].contains(
                members["class_name"]?.string ?? "")
        {
            config["verbose"] = 1
            members["config"] = .object(config)
            verbose = .object(members)
        }
        fit.callbacks = [verbose]
        fit.checkpointSeconds = 0
        let witness = SmallFit.Witness()
        let whole = try fit.run(witness)
        for (checkpoint, notes) in witness.midway {
            let again = SmallFit.Witness()
            let resumed = try fit.run(resuming: checkpoint, again)
            let place = "epoch \(checkpoint.nextEpoch), step \(checkpoint.partialEpoch?.step ?? 0)"
            #expect(resumed.history == whole.history, "\(place)")
            #expect(resumed.state == whole.state, "\(place)")
            #expect(again.notes == Array(witness.notes.dropFirst(notes)), "\(place)")
        }
    }

    @Test func modelsAreKeptUnderTheSameNames() throws {
        var fit = SmallFit(epochs: 3)
        fit.callbacks = [
            [
                "class_name": "ModelCheckpoint",
                "config": ["filepath": "{epoch}-{batch}-{loss:.3f}.keras", "save_freq": 2],
            ]
        ]
        fit.checkpointSeconds = 0
        let witness = SmallFit.Witness()
        _ = try fit.run(witness)
        for (checkpoint, _) in witness.midway {
            let again = SmallFit.Witness()
            _ = try fit.run(resuming: checkpoint, again)
            let rest = witness.models.suffix(again.models.count)
            #expect(again.models.map(\.name) == rest.map(\.name))
            #expect(again.models.map(\.weights) == rest.map(\.weights))
        }
        #expect(witness.models.count == 4)
    }

    /// Asks for a pause at a batch.
    private final class Pausing: FitObserver {
        let stop = StopSignal()
        let batch: Int
        var batches = 0
        var last: FitCheckpoint?
        init(batch: Int) { self.batch = batch }
        func epochBegan(_ epoch: Int, step: Int) {}
        func progressed(_ progress: FitProgress) {}
        func checkpointIsDue(epoch: Int, step: Int, checkpoint: () -> FitCheckpoint) {
            batches += 1
            if batches == batch { stop.send(.pause) }
            if stop.request == .pause { last = checkpoint() }
        }
        func epochEnded(_ epoch: EndedEpoch, checkpoint: () -> FitCheckpoint) { last = checkpoint() }
        func noted(_ text: String) {}
        func handed(_ output: FitOutput) {}
    }

    @Test func aPauseLosesNoBatch() throws {
        let fit = SmallFit(epochs: 4, checkpointSeconds: 0, validates: true)
        let whole = try fit.run()
        for batch in 1...12 {
            let observer = Pausing(batch: batch)
            let paused = try fit.makeFit().run(stop: observer.stop, observer: observer)
            #expect(paused.ending == .paused)
            let checkpoint = try #require(observer.last)
            let (epoch, step) = (checkpoint.nextEpoch, checkpoint.partialEpoch?.step ?? 0)
            #expect(epoch * 3 + step == batch)
            let resumed = try fit.run(resuming: checkpoint)
            #expect(resumed.ending == .finished)
            #expect(resumed.history == whole.history && resumed.state == whole.state)
        }
    }

    @Test func withoutAnIntervalEpochsAreSavedWhole() throws {
        let witness = SmallFit.Witness()
        _ = try SmallFit().run(witness)
        #expect(witness.midway.isEmpty && witness.checkpoints.count == 3)
    }
}
