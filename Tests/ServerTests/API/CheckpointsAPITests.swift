import Foundation
import HTTPTypes
import Protocol
import Server
import Testing

/// Models that ModelCheckpoint keeps: listed, taken home, brought back, and gone with their job.
@Suite struct CheckpointsAPITests {
    private let service: TestService
    init() throws { service = try TestService() }

    private static func checkpoint(_ path: String, _ more: JSONObject = [:]) -> JSONValue {
        var config = more
        config["filepath"] = .string(path)
        return ["class_name": "ModelCheckpoint", "config": .object(config)]
    }

    private func fitted(_ callbacks: [JSONValue], epochs: Int = 3) async throws -> String {
        try await service.compiledModel()
        let fit = JSONValue.fit(epochs: epochs, ["callbacks": .array(callbacks), "batch_size": 2])
        return try #require(try await service.ended(service.post("/v1/models/m/fit", fit))["id"]?.string)
    }

    @Test func savedModelsAreListedAndTakenHome() async throws {
        let id = try await fitted([Self.checkpoint("runs/{epoch:02d}-{loss:.3f}.keras")])
        let job = try await service.get("/v1/jobs/\(id)").json
        let path = try #require(job["links"]?["checkpoints"]?.string)
        let list = try await service.get(path).json
        let items = try #require(list["items"]?.array)
        #expect(items.count == 3 && list["next"]?.isNull == true)
        let losses = try await service.get("/v1/jobs/\(id)/history").json["history"]?["loss"]?.array ?? []
        for (index, item) in items.enumerated() {
            let loss = try #require(losses[index].number)
            #expect(item["name"]?.string == String(format: "runs/%02d-%.3f.keras", index + 1, loss))
            #expect(item["epoch"]?.integer == index + 1 && item["step"]?.isNull == true)
            #expect(item["logs"]?["loss"]?.number == loss)
            let file = try await service.get(try #require(item["links"]?["self"]?.string))
            #expect(file.status == 200 && file.fields[.contentType] == "application/x-npz")
            #expect(file.body.count == item["bytes"]?.integer)
            #expect(file.fields[.eTag] == "\"\(item["sha256"]?.string ?? "")\"")
            let hash = SHA256()
            hash.update(file.body)
            #expect(hash.finalize() == item["sha256"]?.string)
        }
        // The last one is the model as it is now.
        let last = try #require(items.last?["links"]?["self"]?.string)
        let weights = try await service.get("/v1/models/m/weights")
        #expect(try await service.get(last).body == weights.body)
        // Both ways of writing a slash lead there.
        #expect(try await service.get(last.replacing("runs/", with: "runs%2F")).status == 200)
    }

    @Test func aSavedModelIsBroughtBack() async throws {
        let id = try await fitted([Self.checkpoint("{epoch}.keras")])
        let first = try await service.get("/v1/jobs/\(id)/checkpoints/1.keras")
        let now = try await service.get("/v1/models/m/weights")
        #expect(first.body != now.body)
        let put = try await service.send(
            .put, "/v1/models/m/weights", fields: [.contentType: "application/x-npz"], body: first.body)
        #expect(put.status == 204)
        #expect(try await service.get("/v1/models/m/weights").body == first.body)
    }

    @Test func rangesAndTagsAreHonoured() async throws {
        let id = try await fitted([Self.checkpoint("m.keras")])
        let path = "/v1/jobs/\(id)/checkpoints/m.keras"
        let whole = try await service.get(path)
        let tag = try #require(whole.fields[.eTag])
        #expect(try await service.get(path, [.ifNoneMatch: tag]).status == 304)
        let part = try await service.get(path, [.range: "bytes=2-9"])
        #expect(part.status == 206 && part.body == Array(whole.body[2..<10]))
        #expect(try await service.get(path, [.range: "bytes=999999-"]).status == 416)
        #expect(try await service.send(.head, path).status == 200)
        #expect(try await service.get(path, .accept("text/csv")).status == 406)
        #expect(try await service.send(.delete, path).status == 405)
    }

    @Test func aNameThatIsTakenAgainShowsTheNewest() async throws {
        let id = try await fitted([Self.checkpoint("m.keras", ["save_freq": 1])], epochs: 2)
        let items = try await service.get("/v1/jobs/\(id)/checkpoints").json["items"]?.array ?? []
        #expect(items.map { $0["epoch"] } == [2] && items.map { $0["step"] } == [2])
        let events = try await service.get("/v1/jobs/\(id)/events", .accept("application/x-ndjson")).text
        let saved = try events.split(separator: "\n").map { try JSONValue(parsing: String($0)) }.filter {
            $0["event"] == "checkpoint" && $0["data"]?["name"] == "m.keras"
        }
        #expect(saved.map { $0["data"]?["epoch"] } == [1, 1, 2, 2])
        #expect(saved.map { $0["data"]?["step"] } == [1, 2, 1, 2])
        // Nothing is left of those that were replaced.
        #expect(try service.data.names(in: "blobs").count == 1)
    }

    @Test func pagesFollowTheOrderOfSaving() async throws {
        let id = try await fitted([Self.checkpoint("{epoch}.keras")], epochs: 5)
        var names: [JSONValue?] = []
        var query = "?limit=2"
        while true {
            let page = try await service.get("/v1/jobs/\(id)/checkpoints\(query)").json
            names += (page["items"]?.array ?? []).map { $0["name"] }
            guard let next = page["next"]?.string else { break }
            query = "?limit=2&after=\(next)"
        }
        #expect(names == ["1.keras", "2.keras", "3.keras", "4.keras", "5.keras"])
        #expect(try await service.get("/v1/jobs/\(id)/checkpoints?after=x").status == 400)
    }

    @Test func theyGoWithTheirJobAndNotWithTheModel() async throws {
        let id = try await fitted([Self.checkpoint("{epoch}.keras")])
        #expect(try await service.send(.delete, "/v1/models/m").status == 204)
        #expect(try await service.get("/v1/jobs/\(id)/checkpoints/3.keras").status == 200)
        let reopened = try TestService(service.data.crashed())
        #expect(try await reopened.get("/v1/jobs/\(id)/checkpoints/2.keras").status == 200)
        #expect(try await reopened.send(.delete, "/v1/jobs/\(id)").status == 204)
        #expect(try await reopened.get("/v1/jobs/\(id)/checkpoints").status == 404)
        #expect(try reopened.data.names(in: "blobs").isEmpty)
    }

    @Test func whatIsNotThereIsToldWithAHint() async throws {
        let id = try await fitted([Self.checkpoint("best.keras")])
        let missing = try await service.get("/v1/jobs/\(id)/checkpoints/bets.keras")
        #expect(missing.status == 404 && missing.words.contains("Did you mean 'best.keras'?"))
        #expect(try await service.get("/v1/jobs/\(id)/checkpoints/").status == 404)
        #expect(try await service.get("/v1/jobs/\(id)/checkpoints/..%2F..%2Ffitd.sqlite").status == 404)
        let all = try await service.get("/v1/jobs?type=compile").json["items"]?.array
        let compile = try #require(all?.first?["id"]?.string)
        #expect(try await service.get("/v1/jobs/\(compile)/checkpoints").status == 404)
        #expect(try await service.get("/v1/jobs/\(id)/events?follow=false").text.contains("best.keras"))
    }

    @Test func aNameThatIsNoneIsRefusedBeforeItIsQueued() async throws {
        try await service.compiledModel()
        let fit = JSONValue.fit(epochs: 1, ["callbacks": [Self.checkpoint("../{epoch}.keras")]])
        let answer = try await service.post("/v1/models/m/fit", fit)
        #expect(answer.status == 422 && answer.pointers == ["/callbacks/0/config/filepath"])
    }

    @Test func whatCallbacksSayAtTheEndIsTold() async throws {
        try await service.compiledModel()
        let stopping: JSONValue = [
            "class_name": "EarlyStopping",
            "config": ["monitor": "loss", "min_delta": 10, "patience": 1, "verbose": 1],
        ]
        let fit = try await service.post("/v1/models/m/fit", .fit(epochs: 9, ["callbacks": [stopping]]))
        let id = try #require(try await service.ended(fit)["id"]?.string)
        let text = try await service.get("/v1/jobs/\(id)/events", .accept("text/plain")).text
        #expect(text.hasSuffix("\nEpoch 2: early stopping\n"), "\(text)")
        let lines = try await service.get("/v1/jobs/\(id)/events", .accept("application/x-ndjson")).text
        let last = try JSONValue(parsing: String(lines.split(separator: "\n").last ?? ""))
        #expect(last["event"] == "succeeded" && last["data"]?["notes"] == ["Epoch 2: early stopping"])
    }
}
