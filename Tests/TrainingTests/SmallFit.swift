import Foundation
import Protocol
import Training

/// A small model and small data, the same as in the program that asked Keras for the numbers of the tests:
/// `x = sin(0.7 i)` of shape (12, 3), `y = cos(1.3 i)` of shape (12, 1), a tanh layer of 2 and a linear one of 1.
struct SmallFit {
    var compile: JSONObject = [
        "optimizer": ["class_name": "SGD", "config": ["learning_rate": 0.2]], "loss": "mse",
    ]
    var callbacks: [JSONValue] = []
    var epochs = 3
    var checkpointSeconds: Double?
    var sampleWeight: [Float]?
    var validates = false
    /// Other options of `fit`.
    var change: (inout FitOptions) -> Void = { _ in }

    /// Keeps what a fit tells.
    final class Witness: FitObserver {
        var checkpoints: [FitCheckpoint] = []
        var notes: [String] = []
        var logs: [Logs] = []
        func epochBegan(_ epoch: Int, step: Int) {}
        func progressed(_ progress: FitProgress) {}
        /// Checkpoints in the midst of epochs, each with how many notes had been passed on before.
        var midway: [(FitCheckpoint, notes: Int)] = []
        func checkpointIsDue(epoch: Int, step: Int, checkpoint: () -> FitCheckpoint) {
            midway.append((checkpoint(), notes.count))
        }
        /// The epochs after which the fit said that it ends.
        var last: [Int] = []
        func epochEnded(_ epoch: EndedEpoch, checkpoint: () -> FitCheckpoint) {
            logs.append(epoch.logs)
            if epoch.isLast { last.append(epoch.epoch) }
            checkpoints.append(checkpoint())
        }
        func noted(_ text: String) { notes.append(text) }
        var models: [NamedModel] = []
        var reports: [EpochReport] = []
        /// The files as they are, by name.
        var files: [String: [UInt8]] = [:]
        func handed(_ output: FitOutput) {
            switch output {
            case .model(let model): models.append(model)
            case .report(let report): reports.append(report)
            case .file(let part):
                files[part.name] = Array(files[part.name, default: []].prefix(part.offset)) + part.bytes
            }
        }
    }

    /// The fit, not yet run.
    func makeFit() throws -> Fit {
        let x = (0..<36).map { Float(sin(Double($0) * 0.7)) }
        let y = (0..<12).map { Float(cos(Double($0) * 1.3)) }
        let model = try Sequential(
            ModelDefinition(reading: [
                "layers": [
                    [
                        "class_name": "Dense",
                        "config": ["units": 2, "activation": "tanh", "input_shape": [3]],
                    ],
                    ["class_name": "Dense", "config": ["units": 1]],
                ]
            ]))
        var state = try model.initialState()
        let weights: [[Float]] = [[0.1, -0.2, 0.3, 0.4, -0.5, 0.6], [0.05, -0.05], [0.7, -0.8], [0.1]]
        for (index, values) in weights.enumerated() { state.weights[index].values = values }
        var options = FitOptions()
        options.batchSize = 5
        options.epochs = epochs
        options.shuffle = .none
        options.callbacks = callbacks
        if validates {
            options.validationData = TrainingData(
                x: DataArray(shape: [4, 3], values: Array(x.prefix(12))),
                y: DataArray(shape: [4, 1], values: Array(y.prefix(4))))
        }
        change(&options)
        return try Fit(
            model: model, compilation: Compilation(reading: .object(compile)), state: state,
            data: TrainingData(
                x: DataArray(shape: [12, 3], values: x), y: DataArray(shape: [12, 1], values: y),
                sampleWeight: sampleWeight.map { DataArray(shape: [12], values: $0) }),
            options: options, runtime: Runtime(memoryLimit: 1 << 24, checkpointSeconds: checkpointSeconds))
    }

    /// What comes of it.
    func run(resuming checkpoint: FitCheckpoint? = nil, _ witness: Witness = Witness()) throws -> FitOutcome {
        try makeFit().run(resuming: checkpoint, stop: StopSignal(), observer: witness)
    }
}

extension FitOutcome {
    /// A figure of each epoch.
    func history(_ name: String) -> [Double] { (history.values[name] ?? []).map(\.scalar) }

    /// All weights, one behind the other.
    var weights: [Float] { state.weights.flatMap(\.values) }
}
