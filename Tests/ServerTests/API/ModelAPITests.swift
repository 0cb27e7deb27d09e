import HTTPTypes
import Protocol
import Server
import Testing

/// Models as the contract has them.
@Suite struct ModelAPITests {
    private let service: TestService
    init() throws { service = try TestService(starts: false) }

    @Test func putDescribesAndReplaces() async throws {
        let made = try await service.put("/v1/models/m", .xor)
        #expect(made.status == 201 && made.fields[.location] == "/v1/models/m")
        let model = made.json
        #expect(model["built"] == true && model["compiled"] == false && model["compile"] == .null)
        #expect(model["input_shape"] == [nil, 2] && model["output_shape"] == [nil, 1])
        #expect(model["params"] == ["total": 17, "trainable": 17, "non_trainable": 0])
        #expect(
            model["layers"]?.array?.first == [
                "name": "dense", "class_name": "Dense", "output_shape": [nil, 4], "params": 12,
                "trainable": true,
            ])
        #expect(try await service.put("/v1/models/m", ["layers": []]).status == 200)
        let empty = try await service.get("/v1/models/m").json
        #expect(empty["built"] == false && empty["layers"] == [])
        #expect(try await service.send(.delete, "/v1/models/m").status == 204)
        #expect(try await service.get("/v1/models/m").status == 404)
    }

    @Test func conditions() async throws {
        _ = try await service.put("/v1/models/m", .xor)
        let read = try await service.get("/v1/models/m")
        let own = try #require(read.fields[.eTag])
        #expect(try await service.get("/v1/models/m", [.ifNoneMatch: own]).status == 304)
        #expect(try await service.put("/v1/models/m", .xor, [.ifMatch: "\"no\""]).status == 412)
        #expect(try await service.put("/v1/models/m", .xor, [.ifNoneMatch: "*"]).status == 412)
        #expect(try await service.put("/v1/models/m", .xor, [.ifMatch: own]).status == 200)
        #expect(try await service.send(.delete, "/v1/models/m", fields: [.ifMatch: own]).status == 412)
        #expect(try await service.put("/v1/models/n", .xor, [.ifMatch: "*"]).status == 412)
    }

    @Test func ofManyWhoPutANewNameOneIsFirst() async throws {
        let service = service
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { try await service.put("/v1/models/twin", .xor).status } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.sorted() == Array(repeating: 200, count: 7) + [201])
    }

    @Test func postTakesTheNameOfTheDefinition() async throws {
        var named = try #require(JSONValue.xor.object)
        named["name"] = "mine"
        let made = try await service.post("/v1/models", .object(named))
        #expect(made.status == 201 && made.fields[.location] == "/v1/models/mine")
        #expect(try await service.post("/v1/models", .object(named)).status == 409)
        named["name"] = "not a name"
        let wrong = try await service.post("/v1/models", .object(named))
        #expect(wrong.status == 422 && wrong.pointers == ["/name"])
        let unnamed = try await service.post("/v1/models", .xor, [.idempotencyKey: "k"])
        #expect(unnamed.json["name"]?.string?.hasPrefix("mdl_") == true)
        #expect(try await service.post("/v1/models", .xor, [.idempotencyKey: "k"]).body == unnamed.body)
        #expect(try await service.post("/v1/models", ["layers": []], [.idempotencyKey: "k"]).status == 422)
    }

    @Test func everyFaultIsToldAtItsPlace() async throws {
        let body: JSONValue = [
            "layers": [
                ["class_name": "Dens", "config": ["units": 3]],
                ["class_name": "Dense", "config": ["units": 0, "activation": "rellu"]],
            ]
        ]
        let answer = try await service.put("/v1/models/m", body)
        #expect(answer.status == 422)
        #expect(answer.fields[.contentType] == "application/problem+json")
        #expect(
            Set(answer.pointers) == [
                "/layers/0/class_name", "/layers/1/config/units", "/layers/1/config/activation",
            ])
        #expect(answer.words.contains("'Dense'") && answer.words.contains("'relu'"))
        #expect(try await service.get("/v1/models/m").status == 404)
    }

    @Test func jsonHasToSayThatItIsJSON() async throws {
        for type in ["text/plain", "application/x-www-form-urlencoded"] {
            let answer = try await service.put("/v1/models/m", .xor, [.contentType: type])
            #expect(answer.status == 415 && answer.words.contains("application/json"))
        }
        let charset = try await service.put(
            "/v1/models/m", .xor, [.contentType: "application/json; charset=utf-8"])
        #expect(charset.status == 201)
        let broken = try await service.send(
            .put, "/v1/models/m", fields: [.contentType: "application/json"], body: Array("{".utf8))
        #expect(broken.status == 400)
        let limited = try TestService(starts: false) { $0.jsonBytes = 10 }
        #expect(try await limited.put("/v1/models/m", .xor).status == 413)
    }

    @Test func aModelThatFitsNoMemorySaysHowMuchItWouldTake() async throws {
        let service = try TestService(starts: false, memoryLimit: 1 << 20)
        let body: JSONValue = [
            "layers": [["class_name": "Dense", "config": ["units": 100000, "input_dim": 1000]]]
        ]
        let answer = try await service.put("/v1/models/m", body)
        #expect(answer.status == 422 && answer.words.contains("400400000 bytes"))
    }

    @Test func noLayerTakesForEverForABatch() async throws {
        let layer: JSONValue = ["class_name": "Dense", "config": ["units": 2]]
        for (iterations, status) in [(1000, 201), (Int64(Int32.max), 422)] {
            let answer = try await service.put(
                "/v1/models/m\(iterations)",
                [
                    "layers": [
                        [
                            "class_name": "SpectralNormalization",
                            "config": [
                                "layer": layer, "power_iterations": .integer(iterations), "input_shape": [4],
                            ],
                        ]
                    ]
                ])
            #expect(answer.status == status)
        }
    }

    @Test func layersAreAddedAndTakenAway() async throws {
        _ = try await service.put("/v1/models/m", ["layers": []])
        let first: JSONValue = ["class_name": "Dense", "config": ["units": 4, "input_dim": 2]]
        let key: HTTPFields = [.idempotencyKey: "k"]
        #expect(try await service.post("/v1/models/m/layers", first, key).status == 201)
        #expect(try await service.post("/v1/models/m/layers", first, key).status == 201)
        let flat: JSONValue = ["class_name": "Activation", "activation": "relu"]
        let longer = try await service.post("/v1/models/m/layers", flat).json
        #expect(longer["layers"]?.array?.map { $0["name"] } == ["dense", "activation"])
        let wrong = try await service.post("/v1/models/m/layers", ["class_name": "Activaton"])
        #expect(wrong.status == 422 && wrong.pointers == ["/class_name"])
        let shorter = try await service.send(.delete, "/v1/models/m/layers/last")
        #expect(shorter.status == 200 && shorter.json["layers"]?.array?.count == 1)
        #expect(try await service.send(.delete, "/v1/models/m/layers/last").status == 200)
        #expect(try await service.send(.delete, "/v1/models/m/layers/last").status == 409)
    }

    @Test func aStackOfTheMostLayersIsKeptAndReadBack() async throws {
        let flat: JSONValue = ["class_name": "Activation", "activation": "relu"]
        let first: JSONValue = ["class_name": "Dense", "config": ["units": 1, "input_dim": 1]]
        let layers = [first] + [JSONValue](repeating: flat, count: ModelDefinition.mostLayers - 1)
        #expect(try await service.put("/v1/models/m", ["layers": .array(layers)]).status == 201)
        let another = try await service.post("/v1/models/m/layers", flat)
        #expect(another.status == 422 && another.words.contains("at most 2000 layers"))
        #expect(try await service.put("/v1/models/n", ["layers": .array(layers + [flat])]).status == 422)
        #expect(try await service.get("/v1/models/n").status == 404)
        let list = try await service.get("/v1/models").json["items"]?.array
        #expect(list?.map { $0["layers"]?.array?.count } == [ModelDefinition.mostLayers])
    }

    @Test func theConfigReadsBackAsTheSameModel() async throws {
        _ = try await service.put("/v1/models/m", .xor)
        let config = try await service.get("/v1/models/m/config").json
        #expect(config["class_name"] == "Sequential" && config["module"] == "keras")
        #expect(try await service.put("/v1/models/copy", config).status == 201)
        #expect(try await service.get("/v1/models/copy/config").json == config)
    }
}
