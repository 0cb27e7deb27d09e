import Foundation
import Protocol
import Testing

/// Summaries against what Keras prints.
@Suite struct SummaryTests {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Fixtures/Keras/summaries.json").standardizedFileURL

    private func zeros(_ shape: [JSONValue]?) -> JSONValue {
        let row = JSONValue.array(Array(repeating: 0, count: shape?.last?.integer ?? 0))
        return .array(Array(repeating: row, count: 4))
    }

    @Test func theTableIsThatOfKeras() async throws {
        let cases = try JSONValue(parsing: Data(contentsOf: Self.file)).array ?? []
        try #require(!cases.isEmpty)
        let service = try TestService()
        for (index, each) in cases.enumerated() {
            let path = "/v1/models/m\(index)"
            let defined = try await service.put(path, each["model"] ?? .null)
            try #require(defined.status == 201, "\(each["name"] ?? .null): \(defined.text)")
            if let compile = each["compile"], !compile.isNull {
                try await service.ended(service.post("\(path)/compile", compile))
            }
            if each["fit"] == true {
                let x = zeros(defined.json["input_shape"]?.array)
                let y = zeros(defined.json["output_shape"]?.array)
                try await service.ended(service.post("\(path)/fit", ["x": x, "y": y]))
            }
            let printed = try await service.get("\(path)/summary").text
            #expect(
                printed.split(separator: "\n") == (each["text"]?.string ?? "").split(separator: "\n"),
                "\(each["name"] ?? .null)")
        }
    }

    @Test func asJSON() async throws {
        let service = try TestService(starts: false)
        _ = try await service.put("/v1/models/m", .xor)
        let summary = try await service.get("/v1/models/m/summary", .accept("application/json")).json
        #expect(summary["name"] == "sequential")
        #expect(summary["layers"]?.array?.map { $0["params"] } == [12, 5])
        #expect(summary["params"] == ["total": 17, "trainable": 17, "non_trainable": 0])
        #expect(try await service.get("/v1/models/m/summary", .accept("image/png")).status == 406)
    }
}
