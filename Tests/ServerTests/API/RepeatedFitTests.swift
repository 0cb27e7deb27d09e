import Protocol
import Testing

/// Fits that are asked for again: what was found good a moment ago says nothing of another one.
@Suite struct RepeatedFitTests {
    private let service: TestService
    private let fit: JSONValue = ["x": "x", "y": "y", "epochs": 1]

    init() async throws {
        service = try TestService()
        try await service.compiledModel()
        _ = try await service.put("/v1/datasets/x", [[0, 0], [0, 1], [1, 0]])
        _ = try await service.put("/v1/datasets/y", [[0], [1], [1]])
        for _ in 0..<2 { try await service.ended(service.post("/v1/models/m/fit", fit)) }
    }

    @Test func otherDataAreChecked() async throws {
        _ = try await service.put("/v1/datasets/y", [[0], [1]])
        let answer = try await service.post("/v1/models/m/fit", fit)
        #expect(answer.status == 422 && answer.pointers == ["/y"])
        _ = try await service.put("/v1/datasets/y", [[0], [1], [1]])
        try await service.ended(service.post("/v1/models/m/fit", fit))
    }

    @Test func otherLayersAreChecked() async throws {
        let layer: JSONValue = ["class_name": "Dense", "config": ["units": 1, "input_dim": 3]]
        _ = try await service.put("/v1/models/m", ["layers": [layer]])
        try await service.ended(service.post("/v1/models/m/compile", ["optimizer": "sgd", "loss": "mse"]))
        let answer = try await service.post("/v1/models/m/fit", fit)
        #expect(answer.status == 422 && answer.pointers == ["/x"])
    }

    @Test func otherOptionsAreChecked() async throws {
        let compile: JSONValue = ["optimizer": "sgd", "loss": "categorical_crossentropy"]
        try await service.ended(service.post("/v1/models/m/compile", compile))
        let refused = try await service.post("/v1/models/m/fit", ["x": "x", "y": "y", "epochs": -1])
        #expect(refused.status == 422 && refused.pointers == ["/epochs"])
        let callbacks: JSONValue = [["class_name": "EarlyStopping", "config": ["monitor": "accuracy"]]]
        let watched: JSONValue = ["x": "x", "y": "y", "epochs": 1, "callbacks": callbacks]
        // The last compile has no accuracy to watch, the one before had.
        for _ in 0..<2 {
            let answer = try await service.post("/v1/models/m/fit", watched)
            #expect(
                answer.status == 422 && answer.pointers == ["/callbacks/0/config/monitor"], "\(answer.text)")
        }
    }
}
