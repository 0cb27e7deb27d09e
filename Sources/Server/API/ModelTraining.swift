import HTTPTypes
import OrderedCollections
import Protocol
import Training

/// Compile and fit, as jobs.
extension API {
    func training(_ router: inout Router) {
        job(&router, "/v1/models/{model}/compile") { request in
            let (body, key) = try await received(request)
            if let answer = try earlier(key) { return .repeated(answer) }
            let model = try store.model(request.parameter("model"))
            try Self.checkCompile(body.value)
            return try await accept(
                JobSubmission(type: .compile, model: model.id, request: body.value, seed: 0), key)
        }
        job(&router, "/v1/models/{model}/fit") { request in
            let (body, key) = try await received(request)
            if let answer = try earlier(key) { return .repeated(answer) }
            let (model, compilation) = try compiled(request.parameter("model"))
            let found = try FitData(FitRequest(reading: body.value), RequestArrays(store))
            try checkedFits.check(body, model, compilation, found) { () throws(Problem) in
                var options = found.options
                options.remoteMonitors = remoteMonitors.map(\.description)
                _ = try Fit(
                    model: model.sequential(), compilation: try .recent(compilation), state: .none(),
                    data: found.data, options: options, runtime: checking)
            }
            return try await accept(
                JobSubmission(
                    type: .fit, model: model.id, request: body.value, datasets: found.datasets, seed: 0), key)
        }
    }

    /// A request's JSON body and its key.
    func received(_ request: Request) async throws(Problem) -> (JSONBody, IdempotencyKey?) {
        let body = try await request.json(limits)
        return (body, try key(request, body.bytes))
    }

    /// Compile options with a loss, which Keras can do without and a fit cannot.
    private static func checkCompile(_ json: JSONValue) throws(Problem) {
        let faults = Faults()
        do throws(Problem) {
            _ = try Compilation.recent(json)
        } catch {
            guard !error.errors.isEmpty else { throw error }
            for fault in error.errors { faults.add(fault.pointer, fault.detail) }
        }
        if json.object != nil, json["loss"].map(\.isNull) ?? true {
            faults.add(.member("loss"), "compile needs a loss, such as \"mse\".")
        }
        try faults.check()
    }

    /// A model, and the options with which it will be compiled when what is asked of it now gets its turn.
    /// - Throws: 404; 409 when it neither is compiled nor has a compile waiting.
    func compiled(_ name: String) throws(Problem) -> (Model, JSONValue) {
        // Looked at before the row: a compile that ends in between is then found in the row.
        let waiting = jobs.pendingCompile(ofModel: name)
        let model = try store.model(name)
        let own = waiting?.modelID == model.id ? waiting : nil
        guard let options = own.flatMap({ try? jobs.request(of: $0.id) }) ?? model.compile else {
            throw .notCompiled(model.name)
        }
        return (model, options)
    }

    /// Makes a request, which `make` reads, a job, and holds the answer for as long as the client likes to wait.
    private func job(
        _ router: inout Router, _ path: String,
        _ make: @escaping @Sendable (Request) async throws -> Accepted<Job>
    ) {
        router.on(.post, path) { request in
            let seconds = try request.waitSeconds(upTo: limits.waitSeconds)
            switch try await make(request) {
            case .repeated(let answer): return Response(answer)
            case .made(let job):
                guard let seconds else { return Self.accepted(job) }
                // What was read is gone with the call that read it.
                request.memory?.release()
                var response = Self.accepted(try await jobs.wait(for: job.id, seconds: Double(seconds)))
                response.fields[.preferenceApplied] = "wait=\(seconds)"
                return response
            }
        }
    }

    /// Makes a job.
    /// - Throws: 429 while too many wait.
    func accept(_ submission: JobSubmission, _ key: IdempotencyKey?) async throws -> Accepted<Job> {
        try await jobs.submit(
            submission, limit: limits.queuedJobs,
            idempotency: key.map { Idempotency($0) { StoredAnswer(Self.accepted($0)) } })
    }

    /// - Throws: 429 while too many wait.
    func checkQueue() throws(Problem) {
        guard jobs.depth < limits.queuedJobs else { throw JobQueue.isFull(limits.queuedJobs) }
    }

    /// 202 with a job, or 200 when it has ended already.
    static func accepted(_ job: Job) -> Response {
        .json(
            job.json, status: job.status.isEnded ? .ok : .accepted,
            fields: [.location: "/v1/jobs/\(job.id)"])
    }
}

extension Training.ModelState? {
    /// A state of no variables, for a fit that is only checked: it spares drawing the initial weights.
    static func none() -> Training.ModelState? { Training.ModelState(weights: []) }
}
