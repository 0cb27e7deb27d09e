import Protocol
import Training

/// Work on a model whose turn it is: evaluation and prediction, for a job or for a client that waits.
struct ModelTurn {
    let model: ModelID
    let store: Store
    let runtime: Runtime

    /// Keras's `evaluate`.
    /// - Returns: The figures in Keras's order and, of a stateful model, its new states; nil when stopped.
    func evaluate(
        _ request: EvaluateRequest, _ data: TrainingData, stop: StopSignal,
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> (result: JSONObject, change: ModelChange?)? {
        let loaded = try LoadedModel(model, store, trains: false)
        let compilation = try loaded.compilation()
        let (sequential, state) = try loaded.built(for: data.x)
        let evaluation = try Evaluation(
            model: sequential, compilation: compilation, state: state, data: data,
            batchSize: request.batchSize(samples: data.x.samples), steps: request.steps, runtime: runtime)
        guard let logs = evaluation.run(stop: stop, progress: progress) else { return nil }
        return (logs.inKerasOrder, try change(sequential, state, evaluation.states))
    }

    /// Keras's `predict`.
    /// - Returns: The outputs and, of a stateful model, its new states; nil when stopped.
    func predict(
        _ request: PredictRequest, _ x: DataArray, stop: StopSignal,
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> (result: NDArray, change: ModelChange?)? {
        let (sequential, state) = try LoadedModel(model, store, trains: false).built(for: x)
        let batchSize = request.batchSize(samples: x.samples)
        let prediction = try Prediction(
            model: sequential, state: state, x: x, batchSize: batchSize, runtime: runtime)
        guard let count = prediction.outputShape.checkedProduct, count <= runtime.memoryLimit / 8 else {
            throw Problem(
                .unprocessable,
                "The predictions of shape \(Shape(prediction.outputShape)) do not fit in memory; predict fewer samples."
            )
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count * MemoryLayout<Float>.size)
        let steps = (x.samples - 1) / batchSize + 1
        var step = 0
        let isWhole = prediction.run(stop: stop) { rows in
            bytes.append(contentsOf: UnsafeRawBufferPointer(rows))
            step += 1
            progress(step, steps)
        }
        guard isWhole else { return nil }
        let predictions = try NDArray(dtype: .float32, shape: prediction.outputShape, bytes: bytes)
        return (predictions, try change(sequential, state, prediction.states))
    }

    /// What a stateful model remembers afterwards.
    private func change(
        _ sequential: Sequential, _ state: Training.ModelState, _ states: [Variable]
    ) throws -> ModelChange? {
        guard sequential.isStateful else { return nil }
        var state = state
        state.states = states
        var change = ModelChange()
        try store.set(StateArchive(state), in: &change)
        return change
    }
}
