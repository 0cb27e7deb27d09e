import Foundation
import HTTPTypes
import Protocol
import Server
import Testing

/// Compile and fit, and what comes of them.
@Suite struct TrainingAPITests {
    private let service: TestService
    init() throws { service = try TestService() }

    @Test func compileAndFitPostedAtOnce() async throws {
        _ = try await service.put("/v1/models/m", .xor)
        let compile = try await service.post(
            "/v1/models/m/compile",
            ["optimizer": "rmsprop", "loss": "binary_crossentropy", "metrics": ["accuracy"]])
        #expect(compile.status == 202 || compile.status == 200)
        let fit = try await service.post("/v1/models/m/fit", .fit(epochs: 3))
        let id = try #require(fit.json["id"]?.string, "\(fit.text)")
        #expect(fit.fields[.location] == "/v1/jobs/\(id)")
        let job = try await service.ended(fit)
        #expect(job["result"]?["epochs_run"] == 3)
        #expect(job["progress"]?["fraction"] == 1.0)
        #expect(job["links"]?["history"]?.string == "/v1/jobs/\(id)/history")
        let history = try await service.get("/v1/jobs/\(id)/history").json
        #expect(history["epoch"] == [0, 1, 2])
        #expect(history["history"]?.object?.keys.elements == ["accuracy", "loss"])
        #expect(history["params"] == ["epochs": 3, "steps": 1, "batch_size": 32])
        #expect(history["history"]?["loss"]?.array?.last == job["result"]?["logs"]?["loss"])
        let csv = try await service.get("/v1/jobs/\(id)/history", .accept("text/csv"))
        #expect(csv.text.hasPrefix("epoch,accuracy,loss,val_accuracy,val_loss\r\n0,"))
        let model = try await service.get("/v1/models/m").json
        #expect(model["compiled"] == true && model["compile"]?["optimizer"] == "rmsprop")
    }

    @Test func waitingGivesTheEnd() async throws {
        try await service.compiledModel()
        let answer = try await service.post("/v1/models/m/fit?wait=60", .fit(epochs: 1))
        #expect(answer.status == 200 && answer.json["status"] == "succeeded")
        #expect(answer.fields[.preferenceApplied] == "wait=60")
        let preferred = try await service.post(
            "/v1/models/m/fit", .fit(epochs: 1), [.prefer: "wait=60"])
        #expect(preferred.status == 200)
        #expect(try await service.post("/v1/models/m/fit?wait=-1", .fit(epochs: 1)).status == 400)
        #expect(try await service.post("/v1/models/m/fit?wait=601", .fit(epochs: 1)).status == 400)
    }

    @Test func dataLargerThanMemoryAreToldOf() async throws {
        let service = try TestService(memory: 40)
        try await service.compiledModel()
        func note(_ shuffle: JSONValue) async throws -> String? {
            let job = try await service.ended(
                service.post("/v1/models/m/fit", .fit(epochs: 2, ["shuffle": shuffle])))
            #expect(job["status"] == "succeeded")
            let id = try #require(job["id"]?.string)
            let lines = try await service.get("/v1/jobs/\(id)/events", .accept("application/x-ndjson")).text
            let events = try lines.split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
            let begins = events.filter { $0["event"] == "epoch_begin" }
            #expect(begins.count == 2 && begins[1]["data"]?["notes"] == nil)
            let text = try await service.get("/v1/jobs/\(id)/events", .accept("text/plain")).text
            let note = begins[0]["data"]?["notes"]?.array?.first?.string
            #expect(note.map { text.hasPrefix($0 + "\nEpoch 1/2\n") } == true)
            return note
        }
        // Four samples of two inputs and one target, four bytes each.
        let start =
            "The arrays have 48 bytes, more than the memory of 40: each epoch reads its samples from the disk"
        #expect(try await note("block") == start + ".")
        #expect(try await note(true)?.hasPrefix(start + " one by one") == true)
    }

    @Test func aRepeatGetsTheFirstJob() async throws {
        try await service.compiledModel()
        let key: HTTPFields = [.idempotencyKey: "once"]
        let first = try await service.post("/v1/models/m/fit", .fit(epochs: 1), key)
        let again = try await service.post("/v1/models/m/fit", .fit(epochs: 1), key)
        #expect(again.json["id"] == first.json["id"])
        #expect(try await service.post("/v1/models/m/fit", .fit(epochs: 2), key).status == 422)
        let jobs = try await service.get("/v1/jobs?type=fit").json["items"]?.array
        #expect(jobs?.count == 1)
    }

    @Test func whatIsWrongNeverBecomesAJob() async throws {
        try await service.compiledModel()
        let cases: [(JSONValue, Set<String>)] = [
            (.fit(epochs: -1), ["/epochs"]),
            (.fit(epochs: 1, ["batch_size": 2.5, "shufle": true]), ["/batch_size", "/shufle"]),
            (.fit(epochs: 1, ["shuffle": "blocks"]), ["/shuffle"]),
            (.fit(epochs: 1, ["shuffle": 1]), ["/shuffle"]),
            (.fit(epochs: 1, ["y": [[0], [1]]]), ["/y"]),
            (.fit(epochs: 1, ["x": [[1, 2, 3], [1, 2, 3], [1, 2, 3], [1, 2, 3]]]), ["/x"]),
            (.fit(epochs: 1, ["x": "nowhere", "y": "nothing/at/all"]), ["/x", "/y"]),
            (.fit(epochs: 1, ["sample_weight": [1, 2]]), ["/sample_weight"]),
            (.fit(epochs: 1, ["x": [[0, 0], [0]]]), ["/x/1"]),
            (
                .fit(epochs: 1, ["validation_data": ["x": [[0, 0]], "y": [[0], [1]]]]),
                ["/validation_data/y"]
            ),
            (["epochs": 1], ["/x"]),
        ]
        for (body, pointers) in cases {
            let answer = try await service.post("/v1/models/m/fit", body)
            #expect(answer.status == 422 && Set(answer.pointers) == pointers, "\(answer.text)")
        }
        #expect(try await service.get("/v1/jobs?type=fit").json["items"] == [])
        #expect(try await service.post("/v1/models/none/fit", .fit(epochs: 1)).status == 404)
    }

    @Test func aCompileIsCheckedFirst() async throws {
        _ = try await service.put("/v1/models/m", .xor)
        let answer = try await service.post(
            "/v1/models/m/compile", ["optimizer": "sgb", "metric": ["accuracy"]])
        #expect(answer.status == 422)
        #expect(Set(answer.pointers) == ["/optimizer", "/metric", "/loss"])
        let fit = try await service.post("/v1/models/m/fit", .fit(epochs: 1))
        #expect(fit.status == 409 && fit.words.contains("compile"))
        #expect(try await service.get("/v1/jobs").json["items"] == [])
    }

    @Test func aStackWithoutInputShapeIsBuiltAtItsFirstFit() async throws {
        _ = try await service.put(
            "/v1/models/m",
            ["layers": [["class_name": "Dense", "config": ["units": 1, "activation": "sigmoid"]]]])
        _ = try await service.post("/v1/models/m/compile", ["optimizer": "sgd", "loss": "mse"])
        try await service.ended(service.post("/v1/models/m/fit", .fit(epochs: 1)))
        let model = try await service.get("/v1/models/m").json
        #expect(model["built"] == true && model["input_shape"] == [nil, 2])
        #expect(try await service.get("/v1/models/m/weights").status == 200)
    }

    @Test func datasetsOfAJobStayUntilItEnds() async throws {
        try await service.compiledModel()
        _ = try await service.put("/v1/datasets/d", ["x": [[0, 0], [0, 1]], "y": [[0], [1]]])
        let fit = try await service.post(
            "/v1/models/m/fit", ["x": "d/x", "y": "d/y", "epochs": 1_000_000])
        #expect(try await service.send(.delete, "/v1/datasets/d").status == 409)
        for (method, path) in [
            (HTTPRequest.Method.delete, ""), (.delete, "/layers/last"), (.post, "/reset_states"),
        ] {
            #expect(try await service.send(method, "/v1/models/m\(path)").status == 409, "\(path)")
        }
        #expect(try await service.put("/v1/models/m", .xor).status == 409)
        let id = try #require(fit.json["id"]?.string)
        #expect(try await service.send(.delete, "/v1/jobs/\(id)").status == 409)
        #expect(try await service.post("/v1/jobs/\(id)/cancel").status == 202)
        let job = try await service.ended(fit, "cancelled")
        #expect(job["result"]?.isNull == true)
        #expect(try await service.post("/v1/jobs/\(id)/cancel").status == 409)
        #expect(try await service.send(.delete, "/v1/datasets/d").status == 204)
        #expect(try await service.send(.delete, "/v1/jobs/\(id)").status == 204)
        #expect(try await service.get("/v1/jobs/\(id)").status == 404)
    }

    @Test func tooManyJobsAreRefused() async throws {
        let service = try TestService(starts: false) { $0.queuedJobs = 1 }
        _ = try await service.put("/v1/models/m", .xor)
        let options: JSONValue = ["optimizer": "sgd", "loss": "mse"]
        #expect(try await service.post("/v1/models/m/compile", options).status == 202)
        let refused = try await service.post("/v1/models/m/compile", options)
        #expect(refused.status == 429 && refused.fields[.retryAfter] != nil)
    }

    @Test func interruptedItEndsWithTheSameBits() async throws {
        let body: JSONValue = .fit(epochs: 4000, ["batch_size": 1, "seed": 3])
        try await service.compiledModel(optimizer: "adam")
        let whole = try await service.ended(service.post("/v1/models/m/fit", body))
        let (data, job) = try await interrupted(body)
        let id = job.description
        let back = try TestService(data.crashed())
        let ended = try await back.ended(back.get("/v1/jobs/\(id)"))
        #expect(ended["result"]?["epochs_run"] == 4000)
        let events = try await back.jobs.allEvents(of: job)
        #expect(events.contains { $0.kind == .resumed })
        let wholeID = try #require(whole["id"]?.string)
        #expect(
            try await back.get("/v1/jobs/\(id)/history").json
                == service.get("/v1/jobs/\(wholeID)/history").json)
        #expect(
            try await back.get("/v1/models/m/weights").body == service.get("/v1/models/m/weights").body)
    }

    /// The figures of three thousand epochs would take a hundred kilobytes.
    @Test func checkpointDoesNotGrowWithTheEpochs() async throws {
        try await service.compiledModel(optimizer: "adam")
        let fit = try await service.post("/v1/models/m/fit", .fit(epochs: 1_000_000, ["batch_size": 4]))
        let job = try #require(fit.json["id"]?.string.flatMap(JobID.init(parsing:)))
        while try service.jobs.history(of: job).epochs.count < 3000 {
            try await Task.sleep(for: .milliseconds(5))
        }
        await service.jobs.drain()
        let folder = "\(service.data.path)/jobs/\(job)"
        let checkpoints = try service.data.names(in: "jobs/\(job)").filter { $0.hasPrefix("checkpoint-") }
        #expect(!checkpoints.isEmpty)
        for name in checkpoints {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
            #expect(try #require(attributes[.size] as? Int) < 32_000)
        }
    }

    /// Stops a server in the middle of a fit; again where the fit was over before that.
    func interrupted(_ body: JSONValue) async throws -> (DataDirectory, JobID) {
        for _ in 0..<20 {
            let data = DataDirectory()
            let other = try TestService(data)
            try await other.compiledModel(optimizer: "adam")
            let fit = try await other.post("/v1/models/m/fit", body)
            let job = try #require(fit.json["id"]?.string.flatMap(JobID.init(parsing:)))
            var reader = try other.jobs.events(of: job)
            while let events = try await reader.next(), !events.contains(where: { $0.kind == .checkpoint }) {}
            await other.jobs.drain()
            if try other.jobs.job(job).status == .queued { return (data, job) }
        }
        throw NeverInterrupted()
    }

    struct NeverInterrupted: Error {}
}
