import Foundation
import Protocol
import Testing

/// States that are too big for their model's row.
@Suite struct BigStateTests {
    private static let definition: JSONValue = [
        "layers": [
            ["class_name": "Dense", "config": ["units": 200, "input_dim": 300]],
            ["class_name": "Dense", "config": ["units": 1]],
        ]
    ]

    /// - Returns: The sizes of the files, each of which has its content's digest for a name.
    private func files(_ data: DataDirectory) throws -> [Int] {
        try data.names(in: "blobs").map { name in
            let content = try Data(contentsOf: URL(filePath: "\(data.path)/blobs/\(name)"))
            let hash = SHA256()
            hash.update(Array(content))
            #expect(hash.finalize() == name)
            return content.count
        }
    }

    /// Whether there are as many files of so many parameters of 240 kB soon: what a job's end lets go of is removed after
    /// the end has been told.
    private func becomes(_ sizes: [Int], _ data: DataDirectory) async -> Bool {
        await eventually { (try? files(data).map { $0 / 240_000 }) == sizes }
    }

    @Test func itIsOneFileThatIsNamedByItsContent() async throws {
        let service = try TestService()
        _ = try await service.put("/v1/models/m", Self.definition)
        let compile: JSONValue = ["optimizer": "adam", "loss": "mse"]
        let row = JSONValue.array((0..<300).map { .number(Double($0) / 300) })
        let fit: JSONValue = ["x": [row, row], "y": [[0], [1]], "epochs": 2, "seed": 1]
        func trained() async throws -> [UInt8] {
            try await service.ended(service.post("/v1/models/m/compile", compile))
            try await service.ended(service.post("/v1/models/m/fit", fit))
            return try await service.get("/v1/models/m/weights").body
        }
        let first = try await trained()
        // Weights and Adam's two slots.
        #expect(await becomes([3], service.data))
        // Without its optimizer it has the same weights.
        try await service.ended(service.post("/v1/models/m/compile", compile))
        #expect(await becomes([1], service.data))
        #expect(try await service.get("/v1/models/m/weights").body == first)
        let back = try TestService(service.data.crashed())
        #expect(try await back.get("/v1/models/m/weights").body == first)
        // The next fit begins there.
        #expect(try await trained() != first)
        let evaluation = try await service.post("/v1/models/m/evaluate", ["x": [row], "y": [[0]]])
        #expect(evaluation.status == 200)
        #expect(await becomes([3], service.data))
        _ = try await service.send(.delete, "/v1/models/m")
        #expect(await becomes([], service.data))
    }

    @Test func aDamagedOneIsNotTrained() async throws {
        let service = try TestService()
        _ = try await service.put("/v1/models/m", Self.definition)
        let fit: JSONValue = ["x": [.array((0..<300).map { .integer($0) })], "y": [[0]]]
        try await service.ended(
            service.post("/v1/models/m/compile", ["optimizer": "adam", "loss": "mse"]))
        try await service.ended(service.post("/v1/models/m/fit", fit))
        #expect(await becomes([3], service.data))
        let name = try #require(try service.data.names(in: "blobs").first)
        let file = try FileHandle(forUpdating: URL(filePath: "\(service.data.path)/blobs/\(name)"))
        try file.seek(toOffset: 100_000)
        let byte = try #require(try file.read(upToCount: 1)?.first)
        try file.seek(toOffset: 100_000)
        try file.write(contentsOf: Data([byte ^ 1]))
        try file.close()
        let job = try await service.ended(service.post("/v1/models/m/fit", fit), "failed")
        #expect(job["error"]?["detail"]?.string?.contains("checksum") == true)
    }
}
