import Protocol
import Testing

/// The examples of openapi.yaml.
@Suite struct JobTests {
    @Test func jobIsWrittenAsTheContractHasIt() throws {
        let job = Job(
            id: try #require(JobID(parsing: "job_01K4QZ8Y3M7T2N5V9X0B6C1D4E")), type: .fit, model: "guide",
            modelID: try #require(ModelID(parsing: "mdl_01K4QZ8Y3M7T2N5V9X0B6C1D4E")), status: .running,
            createdAt: try #require(Timestamp(parsing: "2026-01-02T03:04:05.678Z")),
            startedAt: Timestamp(parsing: "2026-01-02T03:04:05.680Z"),
            progress: JobProgress(
                epoch: 3, epochs: 10, step: 12, steps: 32, fraction: 0.2375, etaSeconds: 0.02,
                logs: ["accuracy": 0.55, "loss": 0.687]))
        let path = "/v1/jobs/job_01K4QZ8Y3M7T2N5V9X0B6C1D4E"
        let expected = try JSONValue(
            parsing: """
                {"id":"job_01K4QZ8Y3M7T2N5V9X0B6C1D4E","type":"fit","model":"guide","status":"running",
                "created_at":"2026-01-02T03:04:05.678Z","started_at":"2026-01-02T03:04:05.680Z",
                "finished_at":null,"queue_position":null,"progress":{"epoch":3,"epochs":10,"step":12,
                "steps":32,"fraction":0.2375,"eta_seconds":0.02,"logs":{"accuracy":0.55,"loss":0.687}},
                "result":null,"error":null,"links":{"self":"\(path)","events":"\(path)/events",
                "model":"/v1/models/guide","history":"\(path)/history",
                "checkpoints":"\(path)/checkpoints","files":"\(path)/files",
                "cancel":"\(path)/cancel"}}
                """)
        #expect(job.json.encodedString() == expected.encodedString())
    }

    @Test func progressIsReadBack() {
        let progress = JobProgress(
            epoch: 1, epochs: 2, step: 3, steps: nil, fraction: 0.5, logs: ["loss": .infinity])
        #expect(JobProgress(json: progress.json) == progress)
        #expect(JobProgress(json: [:]) == nil)
    }

    @Test func eventIsWrittenAndReadBack() throws {
        let text = #"{"id":35,"event":"epoch_end","time":"2026-01-02T03:04:05.790Z","data":{"epoch":1}}"#
        let event = try #require(JobEvent(json: try JSONValue(parsing: text)))
        #expect(event.kind == .epochEnd)
        #expect(String(decoding: event.line, as: UTF8.self) == text + "\n")
        #expect(JobEvent(json: ["id": 1, "event": "unknown", "time": "", "data": [:]]) == nil)
    }

    @Test func problemIsReadBack() {
        let problem = Problem(
            .unprocessable, "two faults",
            errors: [.init(.root.appending("a/b~c").appending(0), "no"), .init(.root, "nothing")])
        #expect(Problem(json: problem.json) == problem)
        #expect(Problem(json: ["status": 999, "detail": "x"]) == nil)
    }
}
