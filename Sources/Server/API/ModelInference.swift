import HTTPTypes
import OrderedCollections
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
        if Preferences(request).respondAsync {
            return try await job(request, makeEvaluation) { .json($0.result ?? .null) }
        }
        let wanted: WantedEvaluation
        switch try await evaluation(request) {
        case .repeated(let answer): return Response(answer)
        case .made(let read): wanted = read
        }
        try checkQueue()
        let logs = try await atOnce(wanted.model) { turn, stop in
            try turn.evaluate(wanted.request, wanted.found.data, stop: stop)
        }
        return .json(.object(logs))
    }

    private func makeEvaluation(_ request: Request) async throws -> Accepted<Job> {
        switch try await evaluation(request) {
        case .repeated(let answer): return .repeated(answer)
        case .made(let wanted):
            let submission = JobSubmission(
                type: .evaluate, model: wanted.model, request: wanted.body, datasets: wanted.found.datasets,
                seed: 0)
            return try await accept(submission, wanted.key)
        }
    }

    private struct WantedEvaluation: Sendable {
        let model: ModelID
        let request: EvaluateRequest
        let found: EvaluationData
        let body: JSONValue
        let key: IdempotencyKey?
    }

    /// Reads an evaluation that can be done.
    private func evaluation(_ request: Request) async throws -> Accepted<WantedEvaluation> {
        let (body, key) = try await received(request)
        if let answer = try earlier(key) { return .repeated(answer) }
        let (model, compilation) = try compiled(request.parameter("model"))
        let wanted = try EvaluateRequest(reading: body.value)
        let found = try EvaluationData(wanted, RequestArrays(store))
        let built = try model.sequential().built(for: Shape(found.data.x.shape))
        _ = try Evaluation(
            model: built, compilation: try .recent(compilation), state: Training.ModelState(weights: []),
            data: found.data, batchSize: wanted.batchSize(samples: found.data.x.samples), steps: wanted.steps,
            runtime: checking)
        return .made(
            WantedEvaluation(model: model.id, request: wanted, found: found, body: body.value, key: key))
    }

    @Sendable private func predict(_ request: Request) async throws -> Response {
        let type = try request.negotiated([.json, .npy])
        if Preferences(request).respondAsync {
            return try await job(request, makePrediction) { try result($0, of: request, as: type) }
        }
        let wanted: WantedPrediction
        switch try await prediction(request) {
        case .repeated(let answer): return Response(answer)
        case .made(let read): wanted = read
        }
        try checkQueue()
        // Before they are there, and until the client has them.
        let share = share(of: request)
        try share.take(wanted.outputBytes)
        let predictions = try await atOnce(wanted.model) { turn, stop in
            try turn.predict(wanted.request, wanted.x, stop: stop)
        }
        return answer(predictions, as: type, share)
    }

    private func makePrediction(_ request: Request) async throws -> Accepted<Job> {
        switch try await prediction(request) {
        case .repeated(let answer): return .repeated(answer)
        case .made(let wanted):
            var submission = JobSubmission(
                type: .predict, model: wanted.model, request: wanted.body, datasets: wanted.datasets, seed: 0)
            if let file = wanted.file {
                let upload = try store.upload()
                try await upload.write(file)
                submission.datasets = ["x": try await upload.commitForJob(name: "x").id]
            }
            do {
                return try await accept(submission, wanted.key)
            } catch {
                // An array that no job has got.
                try? store.releaseUnused(submission.datasets.values)
                throw error
            }
        }
    }

    /// Does something when it is the model's turn, and keeps how that changes the model.
    /// - Parameter work: Nil when it was stopped.
    private func atOnce<Result: Sendable>(
        _ model: ModelID,
        _ work: @escaping @Sendable (ModelTurn, StopSignal) throws -> (result: Result, change: ModelChange?)?
    ) async throws -> Result {
        let turn = ModelTurn(model: model, store: store, runtime: runtime)
        return try await jobs.perform(on: model) { stop in
            guard let (result, change) = try work(turn, stop.signal) else {
                throw Problem(.unavailable, "The server is stopping; try again when it is back.")
            }
            try turn.store.keep(change, of: model)
            return result
        }
    }

    /// What a prediction is made of: named by a JSON body, or the body itself.
    private struct WantedPrediction: Sendable {
        var model: ModelID
        var request: PredictRequest
        var x: DataArray
        var datasets: OrderedDictionary<String, DatasetID> = [:]
        var body: JSONValue
        /// The `.npy` file that the body is.
        var file: [UInt8]?
        var key: IdempotencyKey?
        var outputBytes = 0
    }

    /// Reads a prediction that can be made.
    private func prediction(_ request: Request) async throws -> Accepted<WantedPrediction> {
        let model = try store.model(request.parameter("model"))
        var wanted = try await input(request, model.id)
        if let answer = try earlier(wanted.key) { return .repeated(answer) }
        let sequential = try model.sequential().built(for: Shape(wanted.x.shape))
        guard sequential.isBuilt else { throw Problem.noLayers(model.name) }
        let prediction = try Prediction(
            model: sequential, state: Training.ModelState(weights: []), x: wanted.x,
            batchSize: wanted.request.batchSize(samples: wanted.x.samples), runtime: checking)
        wanted.outputBytes = prediction.outputShape.reduce(MemoryLayout<Float>.size) {
            $0.multipliedClamped(by: $1)
        }
        return .made(wanted)
    }

    private func input(_ request: Request, _ model: ModelID) async throws(Problem) -> WantedPrediction {
        let type = request.fields[.contentType].flatMap { MediaType(parsing: $0) }
        guard type == .npy || type == .octetStream else {
            let (body, key) = try await received(request)
            let wanted = try PredictRequest(reading: body.value)
            let found = try PredictionData(wanted, RequestArrays(store))
            return WantedPrediction(
                model: model, request: wanted, x: found.x, datasets: found.datasets, body: body.value,
                key: key)
        }
        let batchSize = try request.queryInteger("batch_size", in: 1...Int(Int32.max)) ?? 32
        let bytes = try await request.body.collect(upTo: limits.arrayBytes, in: request.memory)
        // The array beside the file.
        try request.memory?.take(bytes.count)
        let body: JSONValue = ["x": "x", "batch_size": .integer(Int64(batchSize))]
        return WantedPrediction(
            model: model, request: try PredictRequest(reading: body), x: try SentArray.array(npy: bytes),
            body: body, file: Preferences(request).respondAsync ? bytes : nil, key: try key(request, bytes))
    }

    /// Makes a request, which `make` reads, a job; when the client also waits and it ends in time, the answer is the
    /// result.
    private func job(
        _ request: Request, _ make: (Request) async throws -> Accepted<Job>,
        result: (Job) throws -> Response
    ) async throws -> Response {
        let seconds = try request.waitSeconds(upTo: limits.waitSeconds)
        switch try await make(request) {
        case .repeated(let answer): return Response(answer)
        case .made(var job):
            // What was read is gone with the call that read it.
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
    private func result(_ job: Job, of request: Request, as type: MediaType) throws -> Response {
        let name = job.result?["predictions"]?.string ?? ""
        let mapped = try store.mappedArray("predictions", of: store.dataset(name).id)
        let share = share(of: request)
        try share.take(mapped.bytes.count)
        let bytes = withExtendedLifetime(mapped) { Array(mapped.bytes) }
        return answer(try NDArray(dtype: mapped.dtype, shape: mapped.shape, bytes: bytes), as: type, share)
    }

    /// - Parameter share: Holds the memory of the predictions until they are sent.
    private func answer(
        _ predictions: NDArray, as type: MediaType, _ share: RequestMemory.Share
    ) -> Response {
        let fields: HTTPFields = [.vary: "Accept"]
        var response: Response
        if type != .json {
            response = .bytes(predictions.npy, contentType: "application/x-npy", fields: fields)
        } else if predictions.elementCount > limits.jsonArrayElements {
            response = .stream(contentType: "application/json", fields: fields) { writer in
                try await Self.write(predictions, to: writer)
            }
        } else {
            var output = Array(Self.opening.utf8)
            predictions.appendJSON(to: &output)
            output.append(UInt8(ascii: "}"))
            response = .bytes(output, contentType: "application/json", fields: fields)
        }
        response.memory = share
        return response
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
