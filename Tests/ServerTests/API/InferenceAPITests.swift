import HTTPTypes
import Protocol
import Server
import Testing

/// Evaluate and predict, at once and as jobs.
@Suite struct InferenceAPITests {
    private let service: TestService
    init() throws { service = try TestService() }

    private func dense(_ other: TestService? = nil) async throws {
        _ = try await (other ?? service).put(
            "/v1/models/d", ["layers": [["class_name": "Dense", "config": ["units": 1, "input_dim": 2]]]])
    }

    private let rows: JSONValue = [[0, 0], [0, 1], [1, 0], [1, 1]]

    @Test func predictInEveryForm() async throws {
        try await dense()
        let json = try await service.post("/v1/models/d/predict", ["x": rows])
        #expect(json.status == 200)
        let outputs = try NDArray(json: json.json["predictions"] ?? .null).doubles.map(Float.init)
        #expect(outputs.count == 4 && outputs[0] == 0)
        // Linear without bias: the last row is the sum of the two before.
        #expect(abs(outputs[3] - outputs[1] - outputs[2]) < 1e-6)
        let npy = try await service.post("/v1/models/d/predict", ["x": rows], .accept("application/x-npy"))
        let loaded = try npy.body.withUnsafeBytes { try NPYReader($0, name: "p").load() }
        #expect(loaded[0].array.shape == [4, 1] && loaded[0].array.floats == outputs)
        let file = try NDArray(json: rows).npy
        let sent = try await service.send(
            .post, "/v1/models/d/predict?batch_size=3", fields: [.contentType: "application/x-npy"],
            body: file)
        #expect(sent.body == json.body)
        let first = try await service.post(
            "/v1/models/d/predict", ["x": rows, "batch_size": 1, "steps": 2])
        #expect(first.json["predictions"]?.array?.count == 2)
    }

    @Test func manyPredictionsAreWrittenPieceByPiece() async throws {
        try await dense()
        let body: JSONValue = [
            "x": .array((0..<20_000).map { [.integer(Int64($0)), 1] }), "batch_size": 1000,
        ]
        let whole = try await service.post("/v1/models/d/predict", body)
        let limited = try TestService { $0.jsonArrayElements = 19_999 }
        try await dense(limited)
        let request = try Request(
            head: HTTPRequest(
                method: .post, scheme: "http", authority: "localhost", path: "/v1/models/d/predict",
                headerFields: [.contentType: "application/json"]),
            body: RequestBody(body.encoded()))
        let response = try await limited.router.respond(to: request)
        guard case .stream = response.body else {
            Issue.record("The whole text stands in memory.")
            return
        }
        let answer = try await Answer(response)
        #expect(answer.body == whole.body && answer.fields[.contentType] == "application/json")
    }

    @Test func whatPredictRefuses() async throws {
        try await dense()
        let wide = try await service.post("/v1/models/d/predict", ["x": [[1, 2, 3]]])
        #expect(wide.status == 422 && wide.pointers == ["/x"])
        let missing = try await service.post("/v1/models/d/predict", ["batch_size": 0])
        #expect(missing.status == 422 && Set(missing.pointers) == ["/x", "/batch_size"])
        let text = try await service.send(
            .post, "/v1/models/d/predict", fields: [.contentType: "text/plain"], body: [65])
        #expect(text.status == 415)
        let broken = try await service.send(
            .post, "/v1/models/d/predict", fields: [.contentType: "application/x-npy"], body: [65])
        #expect(broken.status == 400)
        #expect(try await service.post("/v1/models/none/predict", ["x": rows]).status == 404)
    }

    @Test func evaluateGivesWhatFitWould() async throws {
        try await service.compiledModel()
        let body: JSONValue = ["x": rows, "y": [[0], [1], [1], [0]]]
        let answer = try await service.post("/v1/models/m/evaluate", body)
        #expect(answer.status == 200 && answer.json.object?.keys.elements == ["accuracy", "loss"])
        let job = try await service.post("/v1/models/m/evaluate", body, [.prefer: "respond-async"])
        #expect(job.status == 202 && job.fields[.preferenceApplied] == "respond-async")
        #expect(try await service.ended(job)["result"] == answer.json)
        let waited = try await service.post(
            "/v1/models/m/evaluate", body, [.prefer: "respond-async, wait=60"])
        #expect(waited.status == 200 && waited.json == answer.json)
        _ = try await service.put("/v1/models/u", .xor)
        #expect(try await service.post("/v1/models/u/evaluate", body).status == 409)
    }

    @Test func aPredictionAsAJobBecomesADataset() async throws {
        try await dense()
        let direct = try await service.post("/v1/models/d/predict", ["x": rows])
        for fields: HTTPFields in [[:], [.contentType: "application/x-npy"]] {
            var fields = fields
            fields[.prefer] = "respond-async"
            let body = fields[.contentType] == nil ? JSONValue.object(["x": rows]).encoded() : nil
            fields[.contentType] = fields[.contentType] ?? "application/json"
            let job = try await service.send(
                .post, "/v1/models/d/predict", fields: fields, body: body ?? NDArray(json: rows).npy)
            let name = try #require(try await service.ended(job)["result"]?["predictions"]?.string)
            let array = try await service.get(
                "/v1/datasets/\(name)/arrays/predictions", .accept("application/json"))
            #expect(array.json == direct.json["predictions"])
        }
    }

    @Test func anArrayOfAJobThatIsRefusedTakesNoSpace() async throws {
        let service = try TestService(starts: false) { $0.queuedJobs = 1 }
        _ = try await service.put("/v1/models/m", .xor)
        let fields: HTTPFields = [.contentType: "application/x-npy", .prefer: "respond-async"]
        let npy = try NDArray(json: [[0, 1], [1, 1]]).npy
        func predict(_ query: String = "") async throws -> Answer {
            try await service.send(.post, "/v1/models/m/predict\(query)", fields: fields, body: npy)
        }
        #expect(try await predict("?wait=soon").status == 400)
        #expect(try service.data.names(in: "blobs").isEmpty)
        let compile: JSONValue = ["optimizer": "sgd", "loss": "binary_crossentropy"]
        #expect(try await service.post("/v1/models/m/compile", compile).status == 202)
        #expect(try await predict().status == 429)
        #expect(try service.data.names(in: "blobs").isEmpty)
        #expect(try service.data.sql("SELECT count(*) FROM dataset") == "0\n")
    }

    @Test func whatIsAskedTakesItsTurn() async throws {
        try await service.compiledModel()
        let before = try await service.post("/v1/models/m/predict", ["x": rows])
        _ = try await service.post("/v1/models/m/fit", .fit(epochs: 3000))
        let after = try await service.post("/v1/models/m/predict", ["x": rows])
        #expect(after.body != before.body)
        #expect(try await service.post("/v1/models/m/predict", ["x": rows]).body == after.body)
        let running = try await service.get("/v1/jobs?status=running").json["items"]
        #expect(running == [])
    }
}
