import Foundation
import HTTPTypes
import Protocol
import Server
import Testing
import Yams

/// The router and `openapi.yaml` state the same.
@Suite struct ContractTests {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../openapi.yaml").standardizedFileURL

    private func operations() throws -> Set<String> {
        let document = try #require(
            try Yams.load(yaml: String(contentsOf: Self.file, encoding: .utf8)) as? [String: Any])
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        let methods: Set = ["get", "put", "post", "delete", "patch", "head", "options"]
        return Set(
            paths.flatMap { path, item in
                item.keys.filter(methods.contains).map { "\($0.uppercased()) \(path)" }
            })
    }

    @Test func everyRouteIsStatedAndEveryOperationIsRouted() throws {
        let service = try TestService(starts: false)
        let routes = Set(service.router.routes.map { "\($0.method) \($0.pattern)" })
        #expect(routes == (try operations()))
    }

    @Test func theContractIsServedAsItIsWritten() async throws {
        let answer = try await TestService(starts: false).get("/openapi.yaml")
        #expect(answer.fields[.contentType] == "application/yaml")
        #expect(answer.body == Array(try Data(contentsOf: Self.file)))
    }

    @Test func theServiceListsWhatItKnows() async throws {
        let service = try await TestService(starts: false).get("/v1").json
        #expect(service["name"] == "fitd")
        let dense = (service["layers"]?.array ?? []).first { $0["name"] == "Dense" }
        let arguments = dense?["arguments"]?.array ?? []
        #expect(arguments.first { $0["name"] == "units" }?["required"] == true)
        #expect(arguments.first { $0["name"] == "use_bias" }?["default"] == true)
        #expect(service["activations"]?.array?.isEmpty == false)
        for kind in [
            "layers", "losses", "optimizers", "schedules", "metrics", "initializers", "regularizers",
            "constraints", "callbacks",
        ] {
            let items = try #require(service[kind]?.array)
            #expect(!items.isEmpty, "\(kind)")
            for item in items {
                let arguments = try #require(item["arguments"]?.array)
                #expect(
                    arguments.allSatisfy { ($0["required"] == true) == ($0["default"] == nil) },
                    "\(item["name"] ?? .null)")
            }
        }
        let board = (service["callbacks"]?.array ?? []).first { $0["name"] == "TensorBoard" }
        #expect(
            board?["arguments"]?.array?.map { $0["name"]?.string } == [
                "log_dir", "histogram_freq", "write_graph", "write_images", "write_steps_per_second",
                "update_freq", "profile_batch", "embeddings_freq", "embeddings_metadata",
            ])
    }
}
