import Foundation
import HTTPTypes
import Protocol
import Server
import Synchronization
import Testing

/// What CSVLogger, TensorBoard and RemoteMonitor make of a fit: listed, taken home, sent, and gone with the job.
@Suite struct FilesAPITests {
    private let service: TestService
    init() throws { service = try TestService() }

    private static let logger: JSONValue = [
        "class_name": "CSVLogger", "config": ["filename": "runs/training.log"],
    ]
    private static let board: JSONValue = [
        "class_name": "TensorBoard", "config": ["log_dir": "boards", "update_freq": "batch"],
    ]

    private func fitted(_ callbacks: [JSONValue]) async throws -> String {
        try await service.compiledModel()
        let fit = JSONValue.fit(epochs: 3, ["callbacks": .array(callbacks), "batch_size": 2])
        return try #require(try await service.ended(service.post("/v1/models/m/fit", fit))["id"]?.string)
    }

    @Test func filesAreListedAndTakenHome() async throws {
        let id = try await fitted([Self.logger, Self.board])
        let job = try await service.get("/v1/jobs/\(id)").json
        let items =
            try await service.get(try #require(job["links"]?["files"]?.string)).json["items"]?.array ?? []
        #expect(
            items.map { $0["name"]?.string } == [
                "runs/training.log", "boards/train/events.out.tfevents.fitd.v2",
            ])
        #expect(items.map { $0["content_type"]?.string } == ["text/csv", "application/octet-stream"])
        for item in items {
            let file = try await service.get(try #require(item["links"]?["self"]?.string))
            #expect(file.status == 200 && file.body.count == item["bytes"]?.integer)
            #expect(file.fields[.contentType] == item["content_type"]?.string)
        }
        let table = try await service.get("/v1/jobs/\(id)/files/runs%2Ftraining.log")
        let history = try await service.get("/v1/jobs/\(id)/history", .accept("text/csv"))
        #expect(table.text == history.text && table.text.hasPrefix("epoch,accuracy,loss,"))
        #expect(try service.data.names(in: "files").count == 2)
        #expect(try service.data.names(in: "files").allSatisfy { !$0.contains("t") })
    }

    @Test func rangesAndTagsAreHonoured() async throws {
        let id = try await fitted([Self.board])
        let path = "/v1/jobs/\(id)/files/boards/train/events.out.tfevents.fitd.v2"
        let whole = try await service.get(path)
        let tag = try #require(whole.fields[.eTag])
        #expect(try await service.get(path, [.ifNoneMatch: tag]).status == 304)
        let part = try await service.get(path, [.range: "bytes=8-"])
        #expect(part.status == 206 && part.body == Array(whole.body.dropFirst(8)))
        #expect(try await service.get(path, [.range: "bytes=999999-"]).status == 416)
        #expect(try await service.send(.head, path).status == 200)
        #expect(try await service.get(path, .accept("text/csv")).status == 406)
        #expect(try await service.send(.delete, path).status == 405)
    }

    @Test func pagesFollowTheOrderOfTheFiles() async throws {
        let id = try await fitted([Self.board, Self.logger])
        let first = try await service.get("/v1/jobs/\(id)/files?limit=1").json
        let next = try #require(first["next"]?.string)
        let second = try await service.get("/v1/jobs/\(id)/files?limit=1&after=\(next)").json
        #expect(
            second["items"]?.array?.first?["name"] == "runs/training.log" && second["next"]?.isNull == true)
        #expect(try await service.get("/v1/jobs/\(id)/files?after=x").status == 400)
    }

    @Test func theyGoWithTheirJobAndNotWithTheModel() async throws {
        let id = try await fitted([Self.logger])
        #expect(try await service.send(.delete, "/v1/models/m").status == 204)
        let reopened = try TestService(service.data.crashed())
        let text = try await reopened.get("/v1/jobs/\(id)/files/runs/training.log").text
        #expect(text.split(separator: "\r\n").count == 4)
        #expect(try await reopened.send(.delete, "/v1/jobs/\(id)").status == 204)
        #expect(try await reopened.get("/v1/jobs/\(id)/files").status == 404)
        #expect(try reopened.data.names(in: "files").isEmpty)
    }

    @Test func theyAreInABackup() async throws {
        let id = try await fitted([Self.logger])
        let (copy, restored) = (DataDirectory(), DataDirectory())
        #expect(try Backup.make(of: service.data.path, in: copy.path).fileCount == 1)
        _ = try Backup.restore(copy.path, to: restored.path)
        let path = "/v1/jobs/\(id)/files/runs/training.log"
        #expect(try await TestService(restored).get(path).body == service.get(path).body)
        let name = try #require(try copy.names(in: "files").first)
        try Data().write(to: URL(filePath: "\(copy.path)/files/\(name)"))
        let error = #expect(throws: StoreError.self) {
            try Backup.restore(copy.path, to: DataDirectory().path)
        }
        #expect(error?.description.contains("files/\(name) is missing") == true)
    }

    @Test func whatIsNotThereIsToldWithAHint() async throws {
        let id = try await fitted([Self.logger])
        let missing = try await service.get("/v1/jobs/\(id)/files/runs/trainin.log")
        #expect(missing.status == 404 && missing.words.contains("Did you mean 'runs/training.log'?"))
        #expect(try await service.get("/v1/jobs/\(id)/files/..%2F..%2Ffitd.sqlite").status == 404)
        let all = try await service.get("/v1/jobs?type=compile").json["items"]?.array
        let compile = try #require(all?.first?["id"]?.string)
        #expect(try await service.get("/v1/jobs/\(compile)/files").status == 404)
    }

    @Test func figuresAreSentWhereTheOperatorAllows() async throws {
        let received = Received()
        let other = try TestServer(routes: { router in
            router.on(.post, "/base/publish/epoch/end/") { request in
                let type = request.fields[.contentType] ?? ""
                received.add(
                    "\(type) \(String(decoding: try await request.body.collect(upTo: 4096), as: UTF8.self))")
                return .text("")
            }
        })
        defer { withExtendedLifetime(other) {} }
        let root = "http://127.0.0.1:\(other.address.port)/base"
        let service = try TestService(remoteMonitors: [RemoteRoot(root)].compactMap { $0 })
        try await service.compiledModel()
        let monitor = { (config: JSONObject) -> JSONValue in
            .fit(epochs: 2, ["callbacks": [["class_name": "RemoteMonitor", "config": .object(config)]]])
        }
        let refused = try await service.post("/v1/models/m/fit", monitor([:]))
        #expect(refused.status == 422 && refused.pointers == ["/callbacks/0/config/root"])
        #expect(refused.words.contains("Allowed: \(root)."))
        for asJSON in [true, false] {
            let fit = monitor(["root": .string(root + "/"), "send_as_json": .bool(asJSON)])
            let job = try await service.ended(service.post("/v1/models/m/fit", fit))
            let id = try #require(job["id"]?.string)
            let history = try await service.get("/v1/jobs/\(id)/history").json["history"]
            for (epoch, line) in try await received.next(2).enumerated() {
                let prefix = asJSON ? "application/json " : "application/x-www-form-urlencoded data="
                #expect(line.hasPrefix(prefix))
                let text = try #require(line.dropFirst(prefix.count).description.removingPercentEncoding)
                let figures = try JSONValue(parsing: text)
                #expect(figures["epoch"]?.integer == epoch)
                #expect(figures["loss"] == history?["loss"]?.array?[epoch])
                #expect(figures["accuracy"] == history?["accuracy"]?.array?[epoch])
            }
        }
    }

    /// What another server was sent.
    private final class Received: Sendable {
        private let lines = Mutex<[String]>([])

        func add(_ line: String) { lines.withLock { $0.append(line) } }

        /// Waits for so many, and takes them.
        func next(_ count: Int) async throws -> [String] {
            for _ in 0..<2000 {
                let taken = lines.withLock { lines in
                    guard lines.count >= count else { return nil as [String]? }
                    defer { lines = [] }
                    return lines
                }
                if let taken { return taken }
                try await Task.sleep(for: .milliseconds(10))
            }
            throw TestClient.Failure(description: "nothing was sent")
        }
    }
}
