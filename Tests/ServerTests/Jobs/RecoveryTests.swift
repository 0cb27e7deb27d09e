import Foundation
import Protocol
import Server
import Testing

/// What a queue does with the directory of a server that died or was stopped.
@Suite(.timeLimit(.minutes(1))) struct RecoveryTests {
    let directory = DataDirectory()

    @Test func waitingJobsRunAfterARestart() async throws {
        let store = try directory.open()
        let queue = try JobQueue(store: store, runner: Runner.never, workers: 1)
        let model = try await store.makeModel()
        let jobs = [try await queue.submit(model), try await queue.submit(model)]

        let trace = Trace()
        let again = try JobQueue(
            store: Store(directory: try directory.crashed().path),
            runner: Runner { job, context in
                trace.add("\(job.id) \(context.checkpoint == nil)")
                return .succeeded()
            }, workers: 1)
        #expect(again.pendingJobs(of: model.id).map(\.id) == jobs.map(\.id))
        again.start()
        for job in jobs {
            #expect(try await again.wait(for: job.id, seconds: 30).status == .succeeded)
            #expect(try await again.allEvents(of: job.id).map(\.kind) == [.queued, .started, .succeeded])
        }
        #expect(trace.all == jobs.map { "\($0.id) true" })
        await again.drain()
    }

    /// Trains three epochs, of which each is a byte of the state, and stops for good in the one that `crash`
    /// says.
    static func epochs(crashIn crash: Int?, gate: Gate, reached: Gate) -> Runner {
        Runner { _, context in
            var state =
                context.checkpoint.map { checkpoint in
                    withExtendedLifetime(checkpoint) { Array(checkpoint.bytes) }
                } ?? []
            context.begin(epochs: 3, steps: 1, batchSize: 1, logNames: ["loss"])
            for epoch in state.count + 1..<4 {
                try context.beginEpoch(epoch)
                if epoch == crash {
                    reached.open()
                    gate.pass()
                    return .paused
                }
                state.append(UInt8(epoch))
                try context.endEpoch(epoch, logs: ["loss": .number(1 / Double(epoch))], seconds: 0)
                let copy = state
                context.saveCheckpoint(epoch: epoch) { copy }
            }
            return .succeeded(model: ModelChange(state: .set(state)))
        }
    }

    /// A directory as it is when the server dies in the third epoch, the second's checkpoint being written.
    func crashedInThirdEpoch() async throws -> (DataDirectory, Job) {
        let store = try directory.open()
        let (gate, reached) = (Gate(), Gate())
        let queue = try JobQueue(
            store: store,
            runner: Runner { job, context in
                context.begin(epochs: 3, steps: 1, batchSize: 1, logNames: ["loss"])
                for epoch in 1...2 {
                    try context.beginEpoch(epoch)
                    try context.endEpoch(epoch, logs: ["loss": .number(1 / Double(epoch))], seconds: 0)
                    context.saveCheckpoint(epoch: epoch) { (1...epoch).map { UInt8($0) } }
                    if epoch == 1 { gate.pass() }
                }
                try context.beginEpoch(3)
                reached.pass()
                return .paused
            }, workers: 1)
        queue.start()
        let job = try await queue.submit(try await store.makeModel())
        try await queue.until(job.id, .checkpoint)
        gate.open()
        var reader = try queue.events(of: job.id)
        var checkpoints = 0
        while checkpoints < 2, let events = try await reader.next() {
            checkpoints += events.count { $0.kind == .checkpoint }
        }
        let crashed = try directory.crashed()
        reached.open()
        await queue.drain()
        return (crashed, job)
    }

    @Test func runningJobGoesOnFromItsLastCheckpoint() async throws {
        let (crashed, job) = try await crashedInThirdEpoch()
        let store = try crashed.open()
        let queue = try JobQueue(
            store: store, runner: Self.epochs(crashIn: nil, gate: Gate(), reached: Gate()), workers: 1)
        #expect(try queue.job(job.id).status == .queued)
        #expect(try queue.history(of: job.id).epochs.count == 2)
        queue.start()
        let ended = try await queue.wait(for: job.id, seconds: 30)
        #expect(ended.status == .succeeded)
        #expect(try store.modelState(job.modelID)?.withUnsafeBytes { Array($0) } == [1, 2, 3])
        let events = try await queue.allEvents(of: job.id)
        #expect(events.map(\.id) == Array(1...events.count))
        let kinds = events.map(\.kind)
        let interruption = try #require(kinds.firstIndex(of: .interrupted))
        #expect(kinds[interruption...].starts(with: [.interrupted, .resumed, .epochBegin, .epochEnd]))
        #expect(events[interruption + 1].data["epoch"] == 3)
        #expect(try queue.history(of: job.id).json["history"] == ["loss": [.number(1), 0.5, .number(1 / 3)]])
        #expect(ended.startedAt == events[1].time)
        await queue.drain()
        #expect(try crashed.names(in: "jobs").isEmpty)
    }

    @Test(arguments: ["flipped", "cut", "empty"])
    func damagedCheckpointIsPassedOver(damage: String) async throws {
        let (crashed, job) = try await crashedInThirdEpoch()
        let folder = "jobs/\(job.id)"
        let names = try crashed.names(in: folder).filter { $0.hasPrefix("checkpoint") }.sorted()
        #expect(names.count == 2)
        let newest = URL(filePath: "\(crashed.path)/\(folder)/\(try #require(names.last))")
        var bytes = try Data(contentsOf: newest)
        switch damage {
        case "flipped": bytes[bytes.count - 1] ^= 1
        case "cut": bytes.removeLast()
        default: bytes = Data()
        }
        try bytes.write(to: newest)

        let store = try crashed.open()
        let queue = try JobQueue(
            store: store, runner: Self.epochs(crashIn: nil, gate: Gate(), reached: Gate()), workers: 1)
        queue.start()
        #expect(try await queue.wait(for: job.id, seconds: 30).status == .succeeded)
        #expect(try store.modelState(job.modelID)?.withUnsafeBytes { Array($0) } == [1, 2, 3])
        let resumed = try await queue.allEvents(of: job.id).first { $0.kind == .resumed }
        #expect(resumed?.data["epoch"] == 2)
        #expect(resumed?.data["detail"]?.string?.contains("damaged") == true)
        // The second epoch was told twice; it counts once.
        #expect(try queue.history(of: job.id).epochs.map(\.number) == [0, 1, 2])
        await queue.drain()
    }

    /// Flips a bit of a job's newest checkpoints.
    func damage(_ directory: DataDirectory, _ job: JobID, newest count: Int) throws {
        let names = try directory.names(in: "jobs/\(job)").filter { $0.hasPrefix("checkpoint") }.sorted()
        for name in names.suffix(count) {
            let file = URL(filePath: "\(directory.path)/jobs/\(job)/\(name)")
            var bytes = try Data(contentsOf: file)
            bytes[bytes.count - 1] ^= 1
            try bytes.write(to: file)
        }
    }

    @Test func theNextCheckpointDoesNotTakeTheWholeOnesPlace() async throws {
        let (crashed, job) = try await crashedInThirdEpoch()
        try damage(crashed, job.id, newest: 1)
        let gate = Gate()
        let queue = try JobQueue(
            store: crashed.open(),
            runner: Runner { _, context in
                context.saveCheckpoint(epoch: 2) { [1, 2] }
                gate.pass()
                return .paused
            }, workers: 1)
        let known = try await queue.allEvents(of: job.id, follow: false).count
        queue.start()
        var reader = try queue.events(of: job.id, after: known)
        while let events = try await reader.next(), !events.contains(where: { $0.kind == .checkpoint }) {}
        let again = try crashed.crashed()
        gate.open()
        await queue.drain()

        try damage(again, job.id, newest: 1)
        let trace = Trace()
        let last = try JobQueue(
            store: again.open(),
            runner: Runner { _, context in
                trace.add("\(context.checkpoint?.place.epoch ?? 0)")
                return .succeeded()
            }, workers: 1)
        last.start()
        #expect(try await last.wait(for: job.id, seconds: 30).status == .succeeded)
        #expect(trace.all == ["1"])
        await last.drain()
    }

    @Test func anEventSaysThatAllCheckpointsAreDamaged() async throws {
        let (crashed, job) = try await crashedInThirdEpoch()
        try damage(crashed, job.id, newest: 2)
        let store = try crashed.open()
        let queue = try JobQueue(
            store: store, runner: Self.epochs(crashIn: nil, gate: Gate(), reached: Gate()), workers: 1)
        queue.start()
        #expect(try await queue.wait(for: job.id, seconds: 30).status == .succeeded)
        let resumed = try await queue.allEvents(of: job.id).first { $0.kind == .resumed }
        #expect(resumed?.data["epoch"] == 1)
        #expect(resumed?.data["detail"]?.string?.contains("begins again") == true)
        #expect(try queue.history(of: job.id).epochs.map(\.number) == [0, 1, 2])
        #expect(try store.modelState(job.modelID)?.withUnsafeBytes { Array($0) } == [1, 2, 3])
        await queue.drain()
    }

    @Test func aCheckpointTellsTheStepInAnEpoch() async throws {
        let store = try directory.open()
        let gate = Gate()
        let queue = try JobQueue(
            store: store,
            runner: Runner { _, context in
                context.saveCheckpoint(epoch: 2, step: 70) { [7] }
                gate.pass()
                return .paused
            }, workers: 1)
        queue.start()
        let job = try await queue.submit(try await store.makeModel())
        try await queue.until(job.id, .checkpoint)
        let crashed = try directory.crashed()
        gate.open()
        await queue.drain()
        let again = try JobQueue(
            store: crashed.open(),
            runner: Runner { _, context in
                #expect(context.checkpoint?.place == CheckpointPlace(epoch: 2, step: 70))
                try context.beginEpoch(2, step: 70)
                return .succeeded()
            }, workers: 1)
        again.start()
        #expect(try await again.wait(for: job.id, seconds: 30).status == .succeeded)
        let events = try await again.allEvents(of: job.id)
        for kind in [JobEvent.Kind.checkpoint, .resumed, .epochBegin] {
            let data = events.first { $0.kind == kind }?.data
            #expect(data?["epoch"] == 2 && data?["step"] == 70, "\(kind)")
        }
        await again.drain()
    }

    @Test func stoppedQueueGoesOnAtTheNextStart() async throws {
        let store = try directory.open()
        let queue = try JobQueue(
            store: store,
            runner: Runner { _, context in
                while context.stop.request == .none { Thread.sleep(forTimeInterval: 0.001) }
                context.saveCheckpoint(epoch: 1) { [1] }
                return .paused
            }, workers: 1)
        queue.start()
        let model = try await store.makeModel()
        let (running, waiting) = (try await queue.submit(model), try await queue.submit(model))
        try await queue.until(running.id, .running)
        async let events = queue.allEvents(of: running.id)
        await queue.drain()
        #expect(try await events.map(\.kind).suffix(2) == [.checkpoint, .interrupted])
        let refused = await #expect(throws: Problem.self) { try await queue.submit(model) }
        #expect(refused?.kind == .unavailable)
        let call = await #expect(throws: Problem.self) { try await queue.perform(on: model.id) { _ in } }
        #expect(call?.kind == .unavailable)

        let again = try JobQueue(
            store: Store(directory: try directory.crashed().path),
            runner: Self.epochs(crashIn: nil, gate: Gate(), reached: Gate()), workers: 1)
        again.start()
        #expect(try await again.wait(for: running.id, seconds: 30).status == .succeeded)
        #expect(try await again.wait(for: waiting.id, seconds: 30).status == .succeeded)
        let kinds = try await again.allEvents(of: running.id).map(\.kind)
        #expect(kinds.count { $0 == .interrupted } == 1 && kinds.count { $0 == .resumed } == 1)
        await again.drain()
    }

    @Test func jobThatKillsTheProcessThreeTimesIsFailed() async throws {
        var current = directory
        let store = try directory.open()
        let model = try await store.makeModel()
        var job: Job?
        for attempt in 1...3 {
            let gate = Gate()
            let queue = try JobQueue(
                store: attempt == 1 ? store : current.open(),
                runner: Runner { _, _ in
                    gate.pass()
                    return .paused
                }, workers: 2)
            queue.start()
            let submitted = job == nil ? try await queue.submit(model) : nil
            let id = try #require(job?.id ?? submitted?.id)
            if attempt == 1 { job = submitted }
            try await queue.until(id, run: attempt)
            let next = try current.crashed()
            gate.open()
            await queue.drain()
            current = next
        }
        let id = try #require(job?.id)
        let queue = try JobQueue(store: current.open(), runner: Runner { _, _ in .succeeded() }, workers: 1)
        #expect(try queue.job(id).status == .failed)
        #expect(try queue.job(id).error?.detail.contains("3 times") == true)
        queue.start()
        let other = try await queue.submit(model)
        #expect(try await queue.wait(for: other.id, seconds: 30).status == .succeeded)
        await queue.drain()
    }

    @Test func jobBesideOneThatKillsTheProcessIsNotBlamed() async throws {
        var current = directory
        let store = try directory.open()
        var jobs: [Job] = []
        for attempt in 1...3 {
            let gate = Gate()
            let runner = Runner { _, _ in
                gate.pass()
                return .paused
            }
            let queue = try JobQueue(
                store: attempt == 1 ? store : current.open(), runner: runner, workers: 2)
            queue.start()
            if attempt == 1 {
                for name in ["killer", "other"] {
                    jobs.append(try await queue.submit(try await store.makeModel(name)))
                }
            }
            // The third time, the first runs alone.
            for job in attempt < 3 ? jobs : [jobs[0]] { try await queue.until(job.id, run: attempt) }
            if attempt == 3 { #expect(try queue.job(jobs[1].id).status == .queued) }
            let next = try current.crashed()
            for _ in jobs { gate.open() }
            await queue.drain()
            current = next
        }
        let queue = try JobQueue(store: current.open(), runner: Runner { _, _ in .succeeded() }, workers: 2)
        queue.start()
        #expect(try queue.job(jobs[0].id).status == .failed)
        #expect(try await queue.wait(for: jobs[1].id, seconds: 30).status == .succeeded)
        await queue.drain()
    }

    @Test func jobThatCrashesBetweenCheckpointsGoesOn() async throws {
        var (current, job) = try await crashedInThirdEpoch()
        for epoch in 3...6 {
            let gate = Gate()
            let queue = try JobQueue(
                store: current.open(),
                runner: Runner { _, context in
                    context.saveCheckpoint(epoch: epoch) { [UInt8(epoch)] }
                    gate.pass()
                    return .paused
                }, workers: 1)
            let known = try await queue.allEvents(of: job.id, follow: false).count
            queue.start()
            var reader = try queue.events(of: job.id, after: known)
            while let events = try await reader.next(), !events.contains(where: { $0.kind == .checkpoint }) {}
            let next = try current.crashed()
            gate.open()
            await queue.drain()
            current = next
        }
        let queue = try JobQueue(store: current.open(), runner: Runner { _, _ in .succeeded() }, workers: 1)
        queue.start()
        job = try await queue.wait(for: job.id, seconds: 30)
        #expect(job.status == .succeeded)
        await queue.drain()
    }

    @Test func cancellationOutlivesACrash() async throws {
        let store = try directory.open()
        let gate = Gate()
        let queue = try JobQueue(
            store: store,
            runner: Runner { _, _ in
                gate.pass()
                return .cancelled()
            }, workers: 1)
        queue.start()
        let job = try await queue.submit(try await store.makeModel())
        try await queue.until(job.id, .started)
        #expect(try await queue.cancel(job.id).status == .running)
        let crashed = try directory.crashed()
        gate.open()
        await queue.drain()

        let reopened = try crashed.open()
        let again = try JobQueue(store: reopened, runner: Runner.untilStopped, workers: 1)
        again.start()
        #expect(try await again.wait(for: job.id, seconds: 30).status == .cancelled)
        #expect(try reopened.modelState(job.modelID)?.withUnsafeBytes { Array($0) } == [42])
        await again.drain()
    }

    @Test func powerCutThatTakesTheEventsKeepsTheJob() async throws {
        let store = try directory.open()
        let queue = try JobQueue(store: store, runner: Runner.never, workers: 1)
        let job = try await queue.submit(try await store.makeModel())
        let crashed = try directory.crashed()
        try FileManager.default.removeItem(atPath: "\(crashed.path)/jobs/\(job.id)")
        let again = try JobQueue(store: crashed.open(), runner: Runner { _, _ in .succeeded() }, workers: 1)
        again.start()
        #expect(try await again.wait(for: job.id, seconds: 30).status == .succeeded)
        #expect(try await again.allEvents(of: job.id).map(\.kind) == [.queued, .started, .succeeded])
        await again.drain()
    }
}
