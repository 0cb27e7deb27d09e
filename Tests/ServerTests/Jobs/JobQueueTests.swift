import Foundation
import Protocol
import Server
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct JobQueueTests {
    let directory = DataDirectory()

    @Test func figuresStayUntilTheNextEpochHasItsOwn() async throws {
        let goOn = Gate()
        let store = try directory.open()
        let queue = try JobQueue(
            store: store,
            runner: Runner { _, context in
                context.begin(epochs: 2, steps: 2, batchSize: 8, logNames: ["loss"])
                try context.beginEpoch(1)
                try [0.9].withUnsafeBufferPointer { try context.endBatch(1, logs: $0) }
                try context.endEpoch(1, logs: ["loss": .number(0.8), "val_loss": .number(0.7)], seconds: 0)
                try context.beginEpoch(2)
                goOn.pass()
                try [0.6].withUnsafeBufferPointer { try context.endBatch(1, logs: $0) }
                goOn.pass()
                return .succeeded(["epochs_run": 2], model: ModelChange())
            }, workers: 1)
        let job = try await queue.submit(try await store.makeModel())
        queue.start()
        while try queue.job(job.id).progress?.epoch != 2 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(try queue.job(job.id).progress?.logs == ["loss": 0.8, "val_loss": 0.7])
        goOn.open()
        while try queue.job(job.id).progress?.step != 1 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(try queue.job(job.id).progress?.logs == ["loss": 0.6])
        goOn.open()
        #expect(try await queue.wait(for: job.id, seconds: 30).status == .succeeded)
        await queue.drain()
    }

    /// Notes its job's status when it is let go of.
    private final class Held: Sendable {
        let job: JobID
        let queue: JobQueue
        let trace: Trace
        init(_ job: JobID, _ queue: JobQueue, _ trace: Trace) {
            (self.job, self.queue, self.trace) = (job, queue, trace)
        }
        deinit { trace.add((try? queue.job(job).status.rawValue) ?? "none") }
    }

    @Test func whatARunHoldsIsLetGoOfBehindItsEnd() async throws {
        let store = try directory.open()
        let trace = Trace()
        let running = Mutex<JobQueue?>(nil)
        let queue = try JobQueue(
            store: store,
            runner: Runner { job, _ in
                var outcome = JobOutcome.succeeded()
                outcome.held = running.withLock { $0 }.map { [Held(job.id, $0, trace)] } ?? []
                return outcome
            }, workers: 1)
        running.withLock { $0 = queue }
        let job = try await queue.submit(try await store.makeModel())
        queue.start()
        _ = try await queue.wait(for: job.id, seconds: 30)
        await queue.drain()
        #expect(trace.all == ["succeeded"])
    }

    @Test func jobRunsToItsEnd() async throws {
        let store = try directory.open()
        let queue = try JobQueue(
            store: store,
            runner: Runner { job, context in
                context.begin(epochs: 2, steps: 4, batchSize: 8, logNames: ["loss"])
                for epoch in 1...2 {
                    try context.beginEpoch(epoch)
                    for step in 1...4 {
                        try [0.5].withUnsafeBufferPointer { try context.endBatch(step, logs: $0) }
                    }
                    try context.endEpoch(epoch, logs: ["loss": 0.5, "val_loss": .number(0.25)], seconds: 0.1)
                }
                return .succeeded(["epochs_run": 2], model: ModelChange(state: .set([9])))
            }, workers: 1)
        let model = try await store.makeModel()
        let job = try await queue.submit(model, request: ["epochs": 2])
        #expect(job.status == .queued && job.queuePosition == 1)
        #expect(job.json["links"]?["events"]?.string == "/v1/jobs/\(job.id)/events")
        queue.start()
        let ended = try await queue.wait(for: job.id, seconds: 30)
        #expect(ended.status == .succeeded)
        #expect(ended.result == ["epochs_run": 2])
        #expect(ended.request == ["epochs": 2])
        #expect(ended.seed == job.seed)
        #expect(ended.progress?.epoch == 2 && ended.progress?.fraction == 1)
        #expect(ended.progress?.logs == ["loss": 0.5, "val_loss": 0.25])
        #expect(try #require(ended.finishedAt) >= (try #require(ended.startedAt)))
        #expect(ended.queuePosition == nil)
        #expect(try store.modelState(model.id)?.withUnsafeBytes { Array($0) } == [9])

        let events = try await queue.allEvents(of: job.id)
        #expect(events.map(\.id) == Array(1...events.count))
        #expect(
            events.map(\.kind).filter { $0 != .batch } == [
                .queued, .started, .epochBegin, .epochEnd, .epochBegin, .epochEnd, .succeeded,
            ])
        #expect(events.last?.data["result"] == ["epochs_run": 2])
        // What waits is told what the store keeps.
        await queue.drain()
        #expect(try queue.job(job.id).json == ended.json)
        let history = try queue.history(of: job.id)
        #expect(
            history.json == [
                "epoch": [0, 1], "history": ["loss": [0.5, 0.5], "val_loss": [0.25, 0.25]],
                "params": ["epochs": 2, "steps": 4, "batch_size": 8],
            ])

        await queue.drain()
        let crashed = try directory.crashed()
        let again = try JobQueue(store: try crashed.open(), runner: Runner.never, workers: 1)
        #expect(try again.job(job.id) == ended)
        #expect(try again.history(of: job.id) == history)
        #expect(try await again.allEvents(of: job.id) == events)
    }

    @Test func oneModelsJobsRunInOrder() async throws {
        let store = try directory.open()
        let trace = Trace()
        let queue = try JobQueue(
            store: store,
            runner: Runner { job, _ in
                trace.add("begin \(job.id)")
                Thread.sleep(forTimeInterval: 0.002)
                trace.add("end \(job.id)")
                return .succeeded()
            }, workers: 3)
        queue.start()
        let model = try await store.makeModel()
        var jobs: [Job] = []
        for _ in 0..<10 { jobs.append(try await queue.submit(model)) }
        for job in jobs { #expect(try await queue.wait(for: job.id, seconds: 30).status == .succeeded) }
        #expect(trace.all == jobs.flatMap { ["begin \($0.id)", "end \($0.id)"] })
        await queue.drain()
    }

    @Test func modelsRunSideBySide() async throws {
        let store = try directory.open()
        let (first, second) = (Gate(), Gate())
        let queue = try JobQueue(
            store: store,
            runner: Runner { job, _ in
                // Each lets the other go: neither comes to its end alone.
                (job.model == "a" ? second : first).open()
                (job.model == "a" ? first : second).pass()
                return .succeeded()
            }, workers: 2)
        queue.start()
        let jobs = [
            try await queue.submit(try await store.makeModel("a")),
            try await queue.submit(try await store.makeModel("b")),
        ]
        for job in jobs { #expect(try await queue.wait(for: job.id, seconds: 30).status == .succeeded) }
        await queue.drain()
    }

    @Test func modelsTakeTurns() async throws {
        let store = try directory.open()
        let trace = Trace()
        let queue = try JobQueue(
            store: store,
            runner: Runner { job, _ in
                trace.add(job.model)
                return .succeeded()
            }, workers: 1)
        let (a, b) = (try await store.makeModel("a"), try await store.makeModel("b"))
        for _ in 0..<3 { _ = try await queue.submit(a) }
        let last = try await queue.submit(b)
        #expect(last.queuePosition == 1)
        #expect(queue.pendingJobs(of: a.id).map(\.queuePosition) == [1, 2, 3])
        #expect(queue.depth == 4)
        queue.start()
        for job in queue.pendingJobs(of: a.id) { _ = try await queue.wait(for: job.id, seconds: 30) }
        #expect(trace.all == ["a", "b", "a", "a"])
        #expect(try queue.counts() == [.succeeded: 4])
        await queue.drain()
    }

    @Test func failureIsTold() async throws {
        let store = try directory.open()
        let problem = Problem.fault(.root.appending("x"), "x has 3 rows and y 4.")
        let queue = try JobQueue(store: store, runner: Runner { _, _ in throw problem }, workers: 1)
        queue.start()
        let job = try await queue.submit(try await store.makeModel())
        let ended = try await queue.wait(for: job.id, seconds: 30)
        #expect(ended.status == .failed)
        #expect(ended.error == problem)
        #expect(try await queue.allEvents(of: job.id).last?.data["error"] == problem.json)
        await queue.drain()
        let again = try JobQueue(
            store: Store(directory: try directory.crashed().path), runner: Runner.never, workers: 1)
        #expect(try again.job(job.id).error == problem)
    }

    @Test func queuedJobIsCancelledAtOnce() async throws {
        let store = try directory.open()
        let queue = try JobQueue(store: store, runner: Runner.never, workers: 1)
        let model = try await store.makeModel()
        let (first, second) = (try await queue.submit(model), try await queue.submit(model))
        #expect(try await queue.cancel(first.id).status == .cancelled)
        #expect(try queue.job(second.id).queuePosition == 1)
        #expect(try await queue.allEvents(of: first.id).map(\.kind) == [.queued, .cancelled])
        let error = await #expect(throws: Problem.self) { try await queue.cancel(first.id) }
        #expect(error?.kind == .conflict)
        _ = try await queue.cancel(second.id)
        queue.start()
        await queue.drain()
        #expect(try queue.job(first.id).startedAt == nil)
    }

    @Test func runningJobIsCancelledAtTheNextBatch() async throws {
        let store = try directory.open()
        let queue = try JobQueue(store: store, runner: Runner.untilStopped, workers: 1)
        queue.start()
        let model = try await store.makeModel()
        let job = try await queue.submit(model)
        try await queue.until(job.id, .running)
        let deletion = await #expect(throws: Problem.self) { try await queue.delete(job.id) }
        #expect(deletion?.kind == .conflict)
        _ = try await queue.cancel(job.id)
        let ended = try await queue.wait(for: job.id, seconds: 30)
        #expect(ended.status == .cancelled)
        #expect(ended.result == ["epochs_run": 0])
        #expect(try store.modelState(model.id)?.withUnsafeBytes { Array($0) } == [42])
        let error = await #expect(throws: Problem.self) { try await queue.cancel(job.id) }
        #expect(error?.kind == .conflict)
        try await queue.delete(job.id)
        let gone = #expect(throws: Problem.self) { try queue.job(job.id) }
        #expect(gone?.kind == .notFound)
        await queue.drain()
    }

    @Test func waitGivesUpInTime() async throws {
        let store = try directory.open()
        let queue = try JobQueue(store: store, runner: Runner.never, workers: 1)
        let job = try await queue.submit(try await store.makeModel())
        #expect(try await queue.wait(for: job.id, seconds: 0.01).status == .queued)
        let unknown = try #require(JobID(parsing: "job_01ARZ3NDEKTSV4RRFFQ69G5FAV"))
        await #expect(throws: Problem.self) { try await queue.wait(for: unknown, seconds: 1) }
    }

    @Test func listIsFilteredAndPaged() async throws {
        let store = try directory.open()
        let queue = try JobQueue(
            store: store,
            runner: Runner { job, _ in
                if job.type == .compile { throw Problem(.unprocessable, "no") }
                return .succeeded()
            }, workers: 1)
        queue.start()
        let (a, b) = (try await store.makeModel("a"), try await store.makeModel("b"))
        var ids: [JobID] = []
        for (model, type) in [(a, JobType.compile), (a, .fit), (b, .fit), (b, .evaluate)] {
            ids.append(try await queue.submit(model, type).id)
        }
        for id in ids { _ = try await queue.wait(for: id, seconds: 30) }
        await queue.drain()
        #expect(try queue.jobs().items.map(\.id) == ids.reversed())
        #expect(try queue.jobs(JobFilter(status: .failed)).items.map(\.id) == [ids[0]])
        #expect(try queue.jobs(JobFilter(type: .fit)).items.map(\.id) == [ids[2], ids[1]])
        #expect(try queue.jobs(JobFilter(type: .fit, model: "b")).items.map(\.id) == [ids[2]])
        #expect(try queue.jobs(JobFilter(status: .queued)).items.isEmpty)
        let page = try queue.jobs(limit: 3)
        #expect(page.items.map(\.id) == ids.suffix(3).reversed())
        #expect(try queue.jobs(limit: 3, after: page.next).items.map(\.id) == [ids[0]])
        let error = #expect(throws: Problem.self) { try queue.jobs(after: "x") }
        #expect(error?.kind == .malformed)
    }

    @Test func synchronousWorkTakesItsTurn() async throws {
        let store = try directory.open()
        let trace = Trace()
        let gate = Gate()
        let queue = try JobQueue(
            store: store,
            runner: Runner { job, _ in
                gate.pass()
                trace.add("job")
                return .succeeded()
            }, workers: 2)
        queue.start()
        let model = try await store.makeModel()
        let job = try await queue.submit(model)
        async let answer = queue.perform(on: model.id) { _ in
            trace.add("call")
            return 7
        }
        while queue.depth == 0 && trace.all.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        gate.open()
        #expect(try await answer == 7)
        #expect(trace.all == ["job", "call"])
        #expect(try await queue.wait(for: job.id, seconds: 30).status == .succeeded)
        let error = await #expect(throws: Problem.self) {
            try await queue.perform(on: model.id) { _ in throw Problem(.unprocessable, "no") }
        }
        #expect(error?.kind == .unprocessable)
        #expect(try queue.jobs().items.count == 1)
        await queue.drain()
    }

    @Test func synchronousWorkOfAClientThatLeftIsNotDone() async throws {
        let store = try directory.open()
        let queue = try JobQueue(store: store, runner: Runner.untilStopped, workers: 1)
        queue.start()
        let model = try await store.makeModel()
        let job = try await queue.submit(model)
        try await queue.until(job.id, .running)
        let trace = Trace()
        let client = Task { try await queue.perform(on: model.id) { _ in trace.add("ran") } }
        while queue.depth == 0 { try await Task.sleep(for: .milliseconds(1)) }
        client.cancel()
        await #expect(throws: Problem.self) { try await client.value }
        #expect(queue.depth == 0)
        _ = try await queue.cancel(job.id)
        await queue.drain()
        #expect(trace.all.isEmpty)
    }

    @Test func repeatedSubmissionMakesOneJob() async throws {
        let store = try directory.open()
        let queue = try JobQueue(store: store, runner: Runner.never, workers: 1)
        let model = try await store.makeModel()
        let submission = JobSubmission(type: .fit, model: model.id, request: [:])
        let idempotency = Idempotency<Job>(IdempotencyKey(key: "k", requestHash: "h")) { job in
            StoredAnswer(status: 202, body: job.json.encoded())
        }
        let job = try #require(try await queue.submit(submission, idempotency: idempotency).made)
        let answer = try #require(try await queue.submit(submission, idempotency: idempotency).repeated)
        #expect(answer.body == job.json.encoded())
        #expect(try queue.jobs().items.map(\.id) == [job.id])
        #expect(try directory.names(in: "jobs") == [job.id.description])
    }

    @Test func aBigRequestIsOnTheDiskUntilItsJobRuns() async throws {
        let big: JSONValue = ["x": .array((0..<5000).map { .integer($0) })]
        let store = try directory.open()
        let queue = try JobQueue(store: store, runner: Runner.never, workers: 1)
        let model = try await store.makeModel()
        let ids = [
            try await queue.submit(model, request: big).id,
            try await queue.submit(model, request: ["a": 1]).id,
        ]
        #expect(try queue.job(ids[0]).request == .null && queue.job(ids[1]).request == ["a": 1])
        #expect(try queue.request(of: ids[0]) == big && queue.request(of: ids[1]) == ["a": 1])

        let again = try directory.crashed().open()
        let ran = Mutex<[JSONValue]>([])
        let runner = Runner { job, context in
            #expect(job.request == (job.id == ids[0] ? .null : ["a": 1]))
            let request = try context.request()
            ran.withLock { $0.append(request) }
            return .succeeded()
        }
        let restarted = try JobQueue(store: again, runner: runner, workers: 1)
        restarted.start()
        for id in ids { #expect(try await restarted.wait(for: id, seconds: 30).status == .succeeded) }
        #expect(ran.withLock { $0 } == [big, ["a": 1]])
        #expect(try restarted.job(ids[0]).request == .null)
        await restarted.drain()
    }

    @Test func jobOfAModelThatIsGoneIsRefused() async throws {
        let store = try directory.open()
        let queue = try JobQueue(store: store, runner: Runner.never, workers: 1)
        let model = try await store.makeModel()
        try await store.deleteModel("m")
        let error = await #expect(throws: Problem.self) { try await queue.submit(model) }
        #expect(error?.kind == .notFound)
        #expect(try directory.names(in: "jobs").isEmpty)
    }

    @Test func arraysOfARequestGoWithItsJob() async throws {
        let store = try directory.open()
        let queue = try JobQueue(store: store, runner: Runner.never, workers: 1)
        let model = try await store.makeModel()
        func inline(_ value: Float) async throws -> Dataset {
            try await store.storeForJob([(name: "x", array: NDArray([value], shape: [1]))], name: "x")
        }
        let (held, refused) = (try await inline(1), try await inline(2))
        #expect(try store.datasets().items.isEmpty)
        let job = try await queue.submit(model, datasets: ["x": held.id])
        #expect(try store.values("x", of: held, as: Float.self) == [1])
        let gone = try await store.makeModel("gone")
        try await store.deleteModel("gone")
        await #expect(throws: Problem.self) { try await queue.submit(gone, datasets: ["x": refused.id]) }
        #expect(throws: Problem.self) { try store.dataset(refused.id) }
        _ = try await queue.cancel(job.id)
        #expect(throws: Problem.self) { try store.dataset(held.id) }
        #expect(try directory.names(in: "blobs").isEmpty)
    }

    @Test func queueOfAnyLengthNeedsNoDescriptors() async throws {
        let store = try directory.open()
        let queue = try JobQueue(store: store, runner: Runner.never, workers: 1)
        let model = try await store.makeModel()
        var jobs: [Job] = []
        for _ in 0..<100 { jobs.append(try await queue.submit(model)) }
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").filter { name in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")
            return target?.hasPrefix(directory.path + "/jobs") == true
        }
        #expect(open.isEmpty)
        #expect(try await queue.allEvents(of: jobs[50].id, follow: false).count == 1)
    }

    @Test func predictionsBecomeADataset() async throws {
        let store = try directory.open()
        let queue = try JobQueue(
            store: store,
            runner: Runner { _, context in
                let staged = try context.store.stage([
                    (name: "predictions", array: NDArray([1, 2] as [Float], shape: [2, 1]))
                ])
                return .succeeded(["predictions": .string(staged.id.description)], dataset: staged)
            }, workers: 1)
        queue.start()
        let job = try await queue.submit(try await store.makeModel(), .predict)
        let ended = try await queue.wait(for: job.id, seconds: 30)
        let dataset = try store.dataset(try #require(ended.result?["predictions"]?.string))
        #expect(try store.values("predictions", of: dataset, as: Float.self) == [1, 2])
        await queue.drain()
    }
}
