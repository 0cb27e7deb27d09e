import HTTPTypes
import Protocol
import Server
import Testing

/// Jobs as lists, as events and as what Keras prints.
@Suite struct JobsAPITests {
    private let service: TestService
    init() throws { service = try TestService() }

    private func fitted(_ more: JSONObject = [:], epochs: Int = 2) async throws -> String {
        try await service.compiledModel()
        let job = try await service.ended(service.post("/v1/models/m/fit", .fit(epochs: epochs, more)))
        return try #require(job["id"]?.string)
    }

    @Test func listedNewestFirstAndFiltered() async throws {
        let id = try await fitted()
        let all = try await service.get("/v1/jobs").json["items"]?.array
        #expect(all?.map { $0["type"] } == ["fit", "compile"] && all?.first?["id"]?.string == id)
        #expect(
            try await service.get("/v1/jobs?type=compile&status=succeeded&model=m").json["items"]?
                .array?.count == 1)
        #expect(try await service.get("/v1/jobs?model=other").json["items"] == [])
        for query in ["status=done", "type=train", "limit=0", "after=x"] {
            #expect(try await service.get("/v1/jobs?\(query)").status == 400, "\(query)")
        }
        let job = try await service.get("/v1/jobs/\(id)")
        #expect(
            try await service.get("/v1/jobs/\(id)", [.ifNoneMatch: job.fields[.eTag] ?? ""]).status == 304)
        #expect(try await service.get("/v1/jobs/nonsense").status == 404)
        let compile = try #require(all?.last?["id"]?.string)
        #expect(try await service.get("/v1/jobs/\(compile)/history").status == 404)
    }

    @Test func anEndedJobIsAnsweredTheSameUntilItIsDeleted() async throws {
        let first = try await fitted()
        let again = try await service.ended(service.post("/v1/models/m/fit", .fit(epochs: 1)))
        let ids = [first, try #require(again["id"]?.string)]
        for id in ids {
            let answers = [try await service.get("/v1/jobs/\(id)"), try await service.get("/v1/jobs/\(id)")]
            #expect(answers[0].json["status"] == "succeeded" && answers[0].text == answers[1].text)
            #expect(answers[0].fields[.eTag] == answers[1].fields[.eTag])
        }
        #expect(try await service.send(.delete, "/v1/jobs/\(ids[0])").status == 204)
        #expect(try await service.get("/v1/jobs/\(ids[0])").status == 404)
        #expect(try await service.get("/v1/jobs/\(ids[1])").json["id"]?.string == ids[1])
    }

    @Test func eventsInTheirForms() async throws {
        let path = "/v1/jobs/\(try await fitted())/events"
        let lines = try await service.get(path, .accept("application/x-ndjson"))
        let events = try lines.text.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        #expect(events.map { $0["id"]?.integer } == Array(1...events.count))
        let kinds = events.compactMap { $0["event"]?.string }.filter { $0 != "checkpoint" }
        #expect(
            kinds == [
                "queued", "started", "epoch_begin", "epoch_end", "epoch_begin", "epoch_end", "succeeded",
            ])
        let stream = try await service.get(path)
        #expect(stream.fields[.contentType] == "text/event-stream")
        #expect(stream.fields[.cacheControl] == "no-store")
        let expected = events.map { event in
            let data = event["data"]?.encodedString() ?? ""
            return
                "id: \(event["id"]?.integer ?? 0)\nevent: \(event["event"]?.string ?? "")\ndata: \(data)\n\n"
        }
        #expect(stream.text == expected.joined())
        let rest = try await service.get(path, [.lastEventID: "3"])
        #expect(rest.text == expected.dropFirst(3).joined())
        #expect(try await service.get(path, [.lastEventID: "x"]).status == 400)
        #expect(try await service.get(path + "?follow=no").status == 400)
        #expect(try await service.get(path, .accept("image/png")).status == 406)
    }

    @Test func withoutFollowingItEndsAtNow() async throws {
        try await service.compiledModel()
        let fit = try await service.post("/v1/models/m/fit", .fit(epochs: 1_000_000))
        let id = try #require(fit.json["id"]?.string)
        let now = try await service.get("/v1/jobs/\(id)/events?follow=false")
        #expect(now.text.hasPrefix("id: 1\nevent: queued\n"))
        _ = try await service.post("/v1/jobs/\(id)/cancel")
        try await service.ended(fit, "cancelled")
        let text = try await service.get("/v1/jobs/\(id)/events", .accept("text/plain"))
        #expect(text.text.hasSuffix("Cancelled.\n"))
    }

    @Test func allJobsAsAStream() async throws {
        try await service.compiledModel()
        let fit = try await service.post("/v1/models/m/fit", .fit(epochs: 1_000_000))
        let lines = try await service.get("/v1/events?follow=false", .accept("application/x-ndjson"))
        #expect(
            lines.fields[.contentType] == "application/x-ndjson" && lines.fields[.cacheControl] == "no-store")
        #expect(lines.json["id"] == fit.json["id"] && lines.json["type"] == "fit")
        let stream = try await service.get("/v1/events?follow=false")
        #expect(stream.fields[.contentType] == "text/event-stream")
        let data = try #require(try #/event: job\ndata: (.*)\n\n/#.wholeMatch(in: stream.text)).1
        #expect(try JSONValue(parsing: String(data))["id"] == fit.json["id"])
        #expect(try await service.get("/v1/events?follow=no").status == 400)
        #expect(try await service.get("/v1/events", .accept("text/plain")).status == 406)
        _ = try await service.post("/v1/jobs/\(fit.json["id"]?.string ?? "")/cancel")
        try await service.ended(fit, "cancelled")
        #expect(try await service.get("/v1/events?follow=false").text.hasPrefix(":"))
    }

    @Test func textReadsAsKerasPrints() async throws {
        let id = try await fitted(["batch_size": 2], epochs: 10)
        let text = try await service.get("/v1/jobs/\(id)/events", .accept("text/plain"))
        #expect(text.fields[.contentType] == "text/plain; charset=utf-8")
        let lines = text.text.split(separator: "\n")
        try #require(lines.count == 20, "\(text.text)")
        let history = try await service.get("/v1/jobs/\(id)/history").json["history"]
        for epoch in 1...10 {
            #expect(lines[2 * epoch - 2] == "Epoch \(epoch)/10")
            let bar = /2\/2 ━{20} 0s [0-9]+(us|ms)\/step - accuracy: ([0-9.]+) - loss: ([0-9.]+)/
            let match = try #require(try bar.wholeMatch(in: lines[2 * epoch - 1]))
            let loss = try #require(history?["loss"]?.array?[epoch - 1].number)
            #expect(abs((Double(match.3) ?? 0) - loss) <= 0.5e-4 + 1e-12)
        }
    }

    @Test func aFailureSaysWhy() async throws {
        try await service.compiledModel()
        _ = try await service.put("/v1/datasets/d", ["x": [[0, 0]], "y": [[0]]])
        // The model is another one when the fit's turn comes.
        let first = try await service.post("/v1/models/m/fit", .fit(epochs: 300_000))
        let id = try #require(first.json["id"]?.string)
        let queued = try await service.post("/v1/models/m/fit", .fit(epochs: 1))
        #expect(queued.json["queue_position"] == 1)
        let second = try #require(queued.json["id"]?.string)
        #expect(try await service.post("/v1/jobs/\(second)/cancel").status == 202)
        let job = try await service.ended(queued, "cancelled")
        #expect(job["started_at"]?.isNull == true)
        _ = try await service.post("/v1/jobs/\(id)/cancel")
        try await service.ended(first, "cancelled")
    }
}
