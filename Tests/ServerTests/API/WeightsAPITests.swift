import HTTPTypes
import Protocol
import Server
import Testing

/// Weights in and out.
@Suite struct WeightsAPITests {
    private let service: TestService
    init() throws { service = try TestService() }

    private func npz(_ arrays: [(String, NDArray)]) throws -> [UInt8] {
        final class Bytes { var all: [UInt8] = [] }
        let bytes = Bytes()
        var writer = NPZWriter { bytes.all.append(contentsOf: $0) }
        for (name, array) in arrays { try writer.append(name: name, array) }
        try writer.finish()
        return bytes.all
    }

    private func weights() async throws -> [(name: String, array: NDArray)] {
        let answer = try await service.get("/v1/models/m/weights")
        #expect(answer.fields[.contentType] == "application/x-npz")
        return try answer.body.withUnsafeBytes { try NPZReader($0).load() }
    }

    private func put(_ arrays: [(String, NDArray)], _ fields: HTTPFields = [:]) async throws -> Answer {
        var fields = fields
        fields[.contentType] = "application/x-npz"
        return try await service.send(.put, "/v1/models/m/weights", fields: fields, body: npz(arrays))
    }

    @Test func namedAsKerasDoesAndInItsOrder() async throws {
        _ = try await service.put("/v1/models/m", .xor)
        let weights = try await weights()
        #expect(weights.map(\.name) == ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"])
        #expect(weights.map(\.array.shape) == [[2, 4], [4], [4, 1], [1]])
        #expect(weights.allSatisfy { $0.array.dtype == .float32 })
        let limit = Float(6.0 / 6.0).squareRoot()
        #expect(weights[0].array.floats.allSatisfy { abs($0) <= limit })
        #expect(Set(weights[0].array.floats).count == 8 && weights[1].array.floats == [0, 0, 0, 0])
    }

    @Test func putByNameOrByPosition() async throws {
        _ = try await service.put("/v1/models/m", .xor)
        let values = [
            try NDArray([Double](repeating: 0.5, count: 8), shape: [2, 4]),
            try NDArray([Float]([1, 2, 3, 4]), shape: [4]),
            try NDArray([Int64]([1, 2, 3, 4]), shape: [4, 1]),
            try NDArray([Float]([7]), shape: [1]),
        ]
        #expect(try await put(values.enumerated().map { ("arr_\($0)", $1) }).status == 204)
        #expect(try await weights().map(\.array.floats) == values.map(\.floats))
        let names = ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"]
        let doubled = try values.map { try NDArray($0.floats.map { $0 * 2 }, shape: $0.shape) }
        #expect(try await put(Array(zip(names, doubled).reversed())).status == 204)
        #expect(try await weights().map(\.array.floats) == doubled.map(\.floats))
        let tag = try await service.get("/v1/models/m/weights").fields[.eTag]
        #expect(try await put(Array(zip(names, values)), [.ifMatch: "\"no\""]).status == 412)
        #expect(try await put(Array(zip(names, values)), [.ifMatch: tag ?? ""]).status == 204)
    }

    @Test func allFaultsAreToldAndNothingIsSet() async throws {
        _ = try await service.put("/v1/models/m", .xor)
        let before = try await weights().map(\.array)
        let one = try NDArray([Float]([1]), shape: [1])
        let answer = try await put([("dense/kernel", one), ("dense/bia", one), ("dense_1/bias", one)])
        #expect(answer.status == 422)
        #expect(
            answer.pointers == ["/dense~1kernel", "/dense~1bias", "/dense_1~1kernel", "/dense~1bia"])
        #expect(try await weights().map(\.array) == before)
        let broken = try await service.send(.put, "/v1/models/m/weights", body: [1, 2, 3])
        #expect(broken.status == 400)
        let json = try await service.put("/v1/models/m/weights", [])
        #expect(json.status == 415)
    }

    @Test func aModelThatIsNotBuiltHasNone() async throws {
        _ = try await service.put(
            "/v1/models/m", ["layers": [["class_name": "Dense", "config": ["units": 1]]]])
        #expect(try await service.get("/v1/models/m/weights").status == 409)
        #expect(try await put([("arr_0", try NDArray([Float]([1]), shape: [1]))]).status == 409)
    }

    @Test func layersBelowKeepTheirWeights() async throws {
        try await service.compiledModel()
        try await service.ended(service.post("/v1/models/m/fit", .fit(epochs: 2)))
        let trained = try await weights().map(\.array)
        _ = try await service.post("/v1/models/m/layers", ["class_name": "Dense", "units": 2])
        #expect(try await weights().map(\.array).prefix(4) == trained[...])
        _ = try await service.send(.delete, "/v1/models/m/layers/last")
        #expect(try await weights().map(\.array) == trained)
    }
}
