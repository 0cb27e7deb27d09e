import HTTPTypes
import Protocol
import Training

/// Evaluate and predict: at once, in the model's turn, or as jobs.
extension API {
    func inference(_ router: inout Router) {
        router.on(.post, "/v1/models/{model}/evaluate", evaluate)
        router.on(.post, "/v1/models/{model}/predict", predict)
    }

    @Sendable private func evaluate(_ request: Request) async throws -> Response {
        _ = try request.negotiated([.json])
        let (body, key) = try await received(request)
        if let answer = try earlier(key) { return answer }
        let (model, compilation) = try compiled(request.parameter("model"))
        let wanted = try EvaluateRequest(reading: body.value)
        let found = try EvaluationData(wanted, RequestArrays(store))
        let built = try model.sequential().built(for: Shape(found.data.x.shape))
        _ = try Evaluation(
            model: built, compilation: try .recent(compilation), state: Training.ModelState(weights: []),
            data: found.data, batchSize: wanted.batchSize(samples: found.data.x.samples), steps: wanted.steps,
            runtime: checking)
        if Preferences(request).respondAsync {
            let submission = JobSubmission(
                type: .evaluate, model: model.id, request: body.value, datasets: found.datasets, seed: 0)
            return try await respondAsync(submission, request, key) { .json($0.result ?? .null) }
        }
        try checkQueue()
        let turn = turn(model.id)
        let logs = try await jobs.perform(on: model.id) { stop in
            guard let (logs, change) = try turn.evaluate(wanted, found.data, stop: stop.signal) else {
                throw Problem(.unavailable, "The server is stopping; try again when it is back.")
            }
            try turn.store.keep(change, of: turn.model)
            return logs
        }
        return .json(.object(logs))
    }

    @Sendable private func predict(_ request: Request) async throws -> Response {
        let type = try request.negotiated([.json, .npy])
        let model = try store.model(request.parameter("model"))
        let input = try await input(request)
        if let answer = try earlier(input.key) { return answer }
        let sequential = try model.sequential().built(for: Shape(input.x.shape))
        guard sequential.isBuilt else { throw Problem.noLayers(model.name) }
        _ = try Prediction(
            model: sequential, state: Training.ModelState(weights: []), x: input.x,
            batchSize: input.request.batchSize(samples: input.x.samples), runtime: checking)
        if Preferences(request).respondAsync {
            let submission = try await submission(input, model)
            do {
                return try await respondAsync(submission, request, input.key) { try result($0, as: type) }
            } catch {
                // An array that no job has got.
                try? store.releaseUnused(submission.datasets.values)
                throw error
            }
        }
        try checkQueue()
        let turn = turn(model.id)
        let predictions = try await jobs.perform(on: model.id) { stop in
            guard let (predictions, change) = try turn.predict(input.request, input.x, stop: stop.signal)
            else {
                throw Problem(.unavailable, "The server is stopping; try again when it is back.")
            }
            try turn.store.keep(change, of: turn.model)
            return predictions
        }
        return answer(predictions, as: type)
    }

    private func turn(_ model: ModelID) -> ModelTurn {
        ModelTurn(model: model, store: store, runtime: runtime)
    }

    /// What a prediction is made of: named by a JSON body, or the body itself.
    private struct Input: Sendable {
        var request: PredictRequest
        var x: DataArray
        var found: PredictionData?
        var body: JSONValue
        var file: [UInt8] = []
        var key: IdempotencyKey?
    }

    private func input(_ request: Request) async throws(Problem) -> Input {
        let type = request.fields[.contentType].flatMap { MediaType(parsing: $0) }
        guard type == .npy || type == .octetStream else {
            let (body, key) = try await received(request)
            let wanted = try PredictRequest(reading: body.value)
            let found = try PredictionData(wanted, RequestArrays(store))
            return Input(request: wanted, x: found.x, found: found, body: body.value, key: key)
        }
        let batchSize = try request.queryInteger("batch_size", in: 1...Int(Int32.max)) ?? 32
        let bytes = try await request.body.collect(upTo: limits.arrayBytes, in: request.memory)
        // Of integers of a byte, four times as many bytes become numbers.
        try request.memory?.take(bytes.count.multipliedClamped(by: 4))
        let body: JSONValue = ["x": "x", "batch_size": .integer(Int64(batchSize))]
        return Input(
            request: try PredictRequest(reading: body), x: try Self.array(bytes), body: body, file: bytes,
            key: try key(request, bytes))
    }

    /// The array of a `.npy` file.
    private static func array(_ file: [UInt8]) throws(Problem) -> DataArray {
        do {
            let loaded = try file.withUnsafeBytes { try NPYReader($0, name: "x").load() }
            guard let array = loaded.first?.array else {
                throw Problem(.malformed, "The content is no .npy file.")
            }
            return DataArray(shape: try RequestArrays.checked(array.shape), values: array.floats)
        } catch {
            throw error as? Problem ?? Problem(.malformed, "The content is no .npy file: \(error).")
        }
    }

    private func submission(_ input: Input, _ model: Model) async throws(Problem) -> JobSubmission {
        var submission = JobSubmission(type: .predict, model: model.id, request: input.body, seed: 0)
        if let found = input.found {
            submission.datasets = found.datasets
        } else {
            let upload = try store.upload()
            try await upload.write(input.file)
            submission.datasets = ["x": try await upload.commitForJob(name: "x").id]
        }
        return submission
    }

    /// Makes a job; when the client also waits and it ends in time, the answer is the result.
    private func respondAsync(
        _ submission: JobSubmission, _ request: Request, _ key: IdempotencyKey?,
        result: (Job) throws -> Response
    ) async throws -> Response {
        let seconds = try request.waitSeconds(upTo: limits.waitSeconds)
        switch try await accept(submission, key) {
        case .repeated(let answer): return Response(answer)
        case .made(var job):
            // The job has what it needs.
            request.memory?.release()
            if let seconds { job = try await jobs.wait(for: job.id, seconds: Double(seconds)) }
            if job.status == .succeeded { return try result(job) }
            if let error = job.error { throw error }
            var response = Self.accepted(job)
            response.fields[.preferenceApplied] = "respond-async"
            return response
        }
    }

    /// The predictions of a job that has succeeded.
    private func result(_ job: Job, as type: MediaType) throws -> Response {
        let name = job.result?["predictions"]?.string ?? ""
        let mapped = try store.mappedArray("predictions", of: store.dataset(name).id)
        let bytes = withExtendedLifetime(mapped) { Array(mapped.bytes) }
        return answer(try NDArray(dtype: mapped.dtype, shape: mapped.shape, bytes: bytes), as: type)
    }

    private func answer(_ predictions: NDArray, as type: MediaType) -> Response {
        let fields: HTTPFields = [.vary: "Accept"]
        guard type == .json else {
            return .bytes(predictions.npy, contentType: "application/x-npy", fields: fields)
        }
        guard predictions.elementCount <= limits.jsonArrayElements else {
            return .stream(contentType: "application/json", fields: fields) { writer in
                try await Self.write(predictions, to: writer)
            }
        }
        var output = Array(Self.opening.utf8)
        predictions.appendJSON(to: &output)
        output.append(UInt8(ascii: "}"))
        return .bytes(output, contentType: "application/json", fields: fields)
    }

    private static let opening = #"{"predictions":"#

    /// Writes many predictions piece by piece: as text they take several times the memory that they take as numbers.
    private static func write(_ predictions: NDArray, to writer: ResponseWriter) async throws {
        var numbers = JSONArrayWriter(shape: predictions.shape)
        var output = Array(opening.utf8)
        for start in stride(from: 0, to: predictions.bytes.count, by: pieceSize) {
            predictions.bytes.withUnsafeBytes { bytes in
                let piece = bytes[start..<min(start + pieceSize, bytes.count)]
                numbers.append(
                    UnsafeRawBufferPointer(rebasing: piece), of: predictions.dtype, to: &output)
            }
            try await writer.write(output)
            output.removeAll(keepingCapacity: true)
        }
        try await writer.write("}")
    }

    /// Bytes of the numbers in a piece; a multiple of every element's size.
    private static let pieceSize = 64 << 10
}
