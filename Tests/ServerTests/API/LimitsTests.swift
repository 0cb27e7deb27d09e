import HTTPTypes
import Protocol
import Server
import Testing

/// The most that the service takes of each, and what it says past it.
@Suite struct LimitsTests {
    @Test func theServiceTellsThem() async throws {
        let service = try TestService(starts: false) {
            $0.jsonDepth = 7
            $0.tokenRate = 5
        }
        let limits = try await service.get("/v1").json["limits"]
        #expect(limits?["json_depth"] == 7 && limits?["token_requests_per_second"] == 5)
        #expect(limits?["job_seconds"] == .null && limits?["queued_jobs"] == 1000)
        #expect(limits?["checkpoint_seconds"] == 30)
    }

    @Test func jsonNestsSoDeep() async throws {
        let service = try TestService(starts: false) { $0.jsonDepth = 5 }
        #expect(try await service.put("/v1/models/m", .xor).status == 201)
        let deeper = try await service.put("/v1/models/m", ["layers": [[[[[[]]]]]]])
        #expect(deeper.status == 400 && deeper.words.contains("5"))
    }

    @Test func aModelIsSoBig() async throws {
        let service = try TestService(starts: false) { $0.modelBytes = 1000 }
        #expect(try await service.put("/v1/models/m", .xor).status == 201)
        let body: JSONValue = [
            "layers": [["class_name": "Dense", "config": ["units": 250, "input_dim": 1]]]
        ]
        let refused = try await service.put("/v1/models/n", body)
        #expect(refused.status == 422 && refused.words.contains("the limit of this server is 1000"))
        #expect(try await service.get("/v1/models/n").status == 404)
    }

    /// More than any machine has: what is drawn for a check alone would end the process.
    @Test func aModelIsCheckedWithoutItsWeights() async throws {
        let service = try TestService(starts: false, memoryLimit: 1 << 50) { $0.modelBytes = 1 << 50 }
        func body(_ initializer: String) -> JSONValue {
            let config: JSONValue = [
                "units": 1_048_576, "input_dim": 1_048_576, "bias_initializer": .string(initializer),
            ]
            return ["layers": [["class_name": "Dense", "config": config]]]
        }
        let refused = try await service.put("/v1/models/m", body("orthogonal"))
        #expect(refused.status == 422 && refused.words.contains("dense/bias"))
        #expect(try await service.put("/v1/models/m", body("zeros")).status == 201)
    }

    @Test func aJobTakesSoMuchMemory() async throws {
        let service = try TestService(memoryLimit: 1 << 20)
        try await service.compiledModel()
        let body = JSONValue.fit(epochs: 1, ["batch_size": 4])
        try await service.ended(service.post("/v1/models/m/fit", body))
        let wide: JSONValue = [
            "layers": [
                ["class_name": "Dense", "config": ["units": 256, "input_dim": 2]],
                ["class_name": "Dense", "config": ["units": 512]],
                ["class_name": "Dense", "config": ["units": 1]],
            ]
        ]
        #expect(try await service.put("/v1/models/wide", wide).status == 201)
        try await service.ended(
            service.post("/v1/models/wide/compile", ["optimizer": "adam", "loss": "mse"]))
        let refused = try await service.post("/v1/models/wide/fit", body)
        #expect(refused.status == 422)
        let figure = try #require(refused.words.firstMatch(of: /at least ([0-9]+) bytes/)?.1)
        // The second layer's kernel, its gradient and Adam's two moments alone are 2 MiB.
        #expect(try #require(Int(figure)) > 1 << 20)
        #expect(try await service.get("/v1/jobs?model=wide&type=fit").json["items"] == [])
    }

    @Test func aJobRunsSoLong() async throws {
        let service = try TestService { $0.jobSeconds = 1 }
        try await service.compiledModel()
        let before = try await service.get("/v1/models/m/weights").body
        let job = try await service.ended(
            service.post("/v1/models/m/fit", .fit(epochs: 1_000_000)), "failed")
        #expect(job["error"]?["detail"]?.string?.contains("ran for 1 seconds") == true)
        #expect(try await service.get("/v1/models/m/weights").body != before, "what it learnt stays")
        try await service.ended(service.post("/v1/models/m/fit", .fit(epochs: 1)))
    }

    @Test func soManyStreamsAreOpen() async throws {
        let service = try TestService(starts: false) { $0.streams = 1 }
        _ = try await service.put("/v1/models/m", .xor)
        let job = try await service.post(
            "/v1/models/m/compile", ["optimizer": "sgd", "loss": "binary_crossentropy"])
        let id = try #require(job.json["id"]?.string)
        func open() throws -> Request {
            try Request(
                head: HTTPRequest(
                    method: .get, scheme: "http", authority: "localhost", path: "/v1/jobs/\(id)/events"))
        }
        var first: Response? = try await service.router.respond(to: open())
        #expect(first?.status == 200)
        let refused = try await service.get("/v1/jobs/\(id)/events")
        #expect(refused.status == 503 && refused.fields[.retryAfter] != nil)
        #expect(try await service.get("/metrics").text.contains("fitd_event_streams 1\n"))
        first = nil
        #expect(try await service.router.respond(to: open()).status == 200)
    }

    @Test func soManyJobsWait() async throws {
        let service = try TestService(starts: false) { $0.queuedJobs = 2 }
        _ = try await service.put("/v1/models/m", .xor)
        let compile: JSONValue = ["optimizer": "sgd", "loss": "binary_crossentropy"]
        for _ in 1...2 { #expect(try await service.post("/v1/models/m/compile", compile).status == 202) }
        for (path, body) in [("compile", compile), ("evaluate", .fit(epochs: 1))] {
            var body = body
            if path == "evaluate" { body = ["x": [[0, 0]], "y": [[0]]] }
            let refused = try await service.post("/v1/models/m/\(path)", body)
            #expect(refused.status == 429 && refused.fields[.retryAfter] != nil, "\(path)")
        }
    }

    @Test func noMoreJobsWaitWhenManyComeAtOnce() async throws {
        let service = try TestService(starts: false) { $0.queuedJobs = 2 }
        _ = try await service.put("/v1/models/m", .xor)
        let compile: JSONValue = ["optimizer": "sgd", "loss": "binary_crossentropy"]
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 1...40 {
                group.addTask { try await service.post("/v1/models/m/compile", compile).status }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.filter { $0 == 202 }.count == 2)
        #expect(statuses.filter { $0 == 429 }.count == 38)
    }

    @Test func endedJobsAreKeptSoLong() async throws {
        let service = try TestService()
        try await service.compiledModel()
        let running = try await service.post("/v1/models/m/fit", .fit(epochs: 1_000_000))
        let id = try #require(running.json["id"]?.string)
        let soon = Timestamp(milliseconds: Timestamp.now.milliseconds + 60_000)
        #expect(try await service.jobs.forgetEnded(before: Timestamp(milliseconds: 0)) == 0)
        #expect(try await service.jobs.forgetEnded(before: soon) == 1)
        let left = try await service.get("/v1/jobs").json["items"]?.array ?? []
        #expect(left.map { $0["id"]?.string } == [id])
        #expect(try await service.post("/v1/jobs/\(id)/cancel").status == 202)
        let job = try await service.get("/v1/jobs/\(id)?wait=60").json
        #expect(job["status"] == "cancelled")
    }
}
