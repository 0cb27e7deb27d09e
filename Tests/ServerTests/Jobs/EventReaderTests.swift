import Foundation
import Protocol
import Server
import Testing

@Suite(.timeLimit(.minutes(1))) struct EventReaderTests {
    let directory = DataDirectory()

    /// A queue whose one job tells as many epochs as the test lets through.
    func queue(_ store: Store, steps: Gate, epochs: Int) throws -> JobQueue {
        let queue = try JobQueue(
            store: store,
            runner: Runner { _, context in
                context.begin(epochs: epochs, steps: nil, logNames: [])
                for epoch in 1...epochs {
                    steps.pass()
                    try context.endEpoch(epoch, logs: ["loss": .number(Double(epoch))], seconds: 0)
                }
                return .succeeded()
            }, workers: 1)
        queue.start()
        return queue
    }

    @Test func readersFollowAndResume() async throws {
        let store = try directory.open()
        let steps = Gate()
        let queue = try queue(store, steps: steps, epochs: 50)
        let job = try await queue.submit(try await store.makeModel())
        let readers = (0..<4).map { _ in Task { try await queue.allEvents(of: job.id) } }
        // Comes back after each piece, knowing the last number alone.
        let returning = Task {
            var all: [JobEvent] = []
            while all.last?.kind.isEnd != true {
                var reader = try queue.events(of: job.id, after: all.last?.id ?? 0)
                all += try await reader.next() ?? []
            }
            return all
        }
        for _ in 0..<50 {
            steps.open()
            try await Task.sleep(for: .microseconds(200))
        }
        let all = try await readers[0].value
        #expect(all.map(\.id) == Array(1...all.count))
        #expect(all.count { $0.kind == .epochEnd } == 50)
        for reader in readers { #expect(try await reader.value == all) }
        #expect(try await returning.value == all)
        #expect(try await queue.allEvents(of: job.id) == all)
        for after in [1, 25, all.count - 1] {
            #expect(try await queue.allEvents(of: job.id, after: after) == Array(all.dropFirst(after)))
        }
        #expect(try await queue.allEvents(of: job.id, after: all.count).isEmpty)
        await queue.drain()
    }

    @Test func linesHoldTheEvents() async throws {
        let store = try directory.open()
        let data: JSONValue = ["notes": ["\"data\":", "\n}{\u{1F431}"], "logs": ["loss": .number(0.5)]]
        let queue = try JobQueue(
            store: store,
            runner: Runner { _, context in
                try context.endEpoch(
                    1, logs: ["loss": .number(0.5)], seconds: 0, notes: ["\"data\":", "\n}{\u{1F431}"])
                return .succeeded()
            }, workers: 1)
        queue.start()
        let job = try await queue.submit(try await store.makeModel())
        let all = try await queue.allEvents(of: job.id)
        var reader = try queue.events(of: job.id)
        var lines: [EventLine] = []
        while let more = try await reader.nextLines() { lines += more }
        #expect(lines.map(\.id) == all.map(\.id))
        #expect(lines.map(\.kind) == all.map(\.kind))
        #expect(lines.map(\.event) == all)
        #expect(lines.map { $0.bytes } == all.map { $0.line.dropLast() })
        #expect(lines.map { Array($0.data) } == all.map { $0.data.encoded() })
        let told = try #require(all.first { $0.kind == .epochEnd })
        for name in ["notes", "logs"] { #expect(told.data[name] == data[name]) }
        await queue.drain()
    }

    @Test func readerThatDoesNotFollowStopsAtNow() async throws {
        let store = try directory.open()
        let queue = try JobQueue(store: store, runner: Runner.never, workers: 1)
        let job = try await queue.submit(try await store.makeModel())
        #expect(try await queue.allEvents(of: job.id, follow: false).map(\.kind) == [.queued])
        var reader = try queue.events(of: job.id, after: 1)
        #expect(try await reader.next(within: 0.01) == [])
    }

    @Test func readerThatIsCancelledEnds() async throws {
        let store = try directory.open()
        let queue = try JobQueue(store: store, runner: Runner.never, workers: 1)
        let job = try await queue.submit(try await store.makeModel())
        let reader = Task { try await queue.allEvents(of: job.id) }
        try await Task.sleep(for: .milliseconds(5))
        reader.cancel()
        #expect(try await reader.value.count <= 1)
    }

    /// A stream that is far behind when the server stops is told of the interruption all the same.
    @Test func readerThatIsCancelledReadsWhatIsThere() async throws {
        let store = try directory.open()
        let queue = try JobQueue(
            store: store,
            runner: Runner { _, context in
                for epoch in 1...2000 {
                    try context.endEpoch(epoch, logs: ["loss": .number(1)], seconds: 0)
                }
                while context.stop.request == .none { Thread.sleep(forTimeInterval: 0.001) }
                return .paused
            }, workers: 1)
        queue.start()
        let job = try await queue.submit(try await store.makeModel())
        try await queue.until(job.id, .epochEnd)
        await queue.drain()
        let reader = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await queue.allEvents(of: job.id)
        }
        let events = try await reader.value
        #expect(events.last?.kind == .interrupted)
        #expect(events.count { $0.kind == .epochEnd } == 2000)
    }

    @Test func lateReaderOfAnEndedJobReadsOn() async throws {
        let store = try directory.open()
        let queue = try JobQueue(store: store, runner: Runner.never, workers: 1)
        let job = try await queue.submit(try await store.makeModel())
        var early = try queue.events(of: job.id)
        var late = try queue.events(of: job.id)
        #expect(try await early.next()?.map(\.id) == [1])
        _ = try await queue.cancel(job.id)
        try await queue.delete(job.id)
        #expect(try await early.next()?.map(\.id) == [2])
        #expect(try await early.next() == nil)
        #expect(try await late.next()?.map(\.kind) == [.queued, .cancelled])
    }

    @Test func longLogKeepsItsFile() async throws {
        let store = try directory.open()
        let steps = Gate()
        let queue = try queue(store, steps: steps, epochs: 2000)
        let job = try await queue.submit(try await store.makeModel())
        for _ in 0..<2000 { steps.open() }
        #expect(try await queue.wait(for: job.id, seconds: 50).status == .succeeded)
        let all = try await queue.allEvents(of: job.id)
        #expect(all.map(\.id) == Array(1...2003))
        await queue.drain()
        let crashed = try directory.crashed()
        let again = try JobQueue(store: crashed.open(), runner: Runner.never, workers: 1)
        #expect(try await again.allEvents(of: job.id) == all)
        #expect(try again.history(of: job.id).epochs.count == 2000)
        try await again.delete(job.id)
        #expect(try crashed.names(in: "jobs").isEmpty)
    }

    /// Lines of all lengths, so that wherever a reader begins to look, it looks into the midst of one.
    @Test func readerGoesOnBehindAnyEvent() async throws {
        let store = try directory.open()
        let gate = Gate()
        let queue = try JobQueue(
            store: store,
            runner: Runner { _, context in
                for epoch in 1...150 {
                    let length = epoch == 60 ? 100_000 : epoch * 37 % 6000
                    try context.endEpoch(
                        epoch, logs: ["loss": .number(1)], seconds: 0,
                        notes: [String(repeating: "{\"id\":1,", count: length / 8)])
                }
                gate.pass()
                return .succeeded()
            }, workers: 1)
        queue.start()
        let job = try await queue.submit(try await store.makeModel())
        while try queue.history(of: job.id).epochs.count < 150 { try await Task.sleep(for: .milliseconds(1)) }
        try await expectResuming(queue, job.id, step: 7)

        gate.open()
        #expect(try await queue.wait(for: job.id, seconds: 30).status == .succeeded)
        try await expectResuming(queue, job.id)
        await queue.drain()
        let again = try JobQueue(
            store: directory.crashed().open(), runner: Runner.never, workers: 1)
        try await expectResuming(again, job.id, step: 7)
    }

    private func expectResuming(_ queue: JobQueue, _ id: JobID, step: Int = 1) async throws {
        let all = try await queue.allEvents(of: id, follow: false)
        #expect(all.map(\.id) == Array(1...all.count) && all.count > 150)
        for after in stride(from: 0, to: all.count, by: step) {
            var reader = try queue.events(of: id, after: after, follow: false)
            let events = try #require(await reader.next())
            #expect(!events.isEmpty && events.elementsEqual(all[after...].prefix(events.count)), "\(after)")
        }
        for after in [all.count, all.count + 1, Int.max] {
            #expect(try await queue.allEvents(of: id, after: after, follow: false).isEmpty)
        }
    }

    @Test(arguments: [
        "{\"id\":3,\"event\":\"epo", "\u{0}\u{0}\u{0}\u{0}\n", "{\"id\":9}\n",
        "{\"id\":3,\"event\":\"succeeded\",\"time\":\"2026-01-02T03:04:05.678Z\",\"data\":{}}\n",
    ])
    func tornTailIsCutOff(tail: String) async throws {
        let store = try directory.open()
        let queue = try JobQueue(store: store, runner: Runner.untilStopped, workers: 1)
        queue.start()
        let job = try await queue.submit(try await store.makeModel())
        try await queue.until(job.id, .started)
        let crashed = try directory.crashed()
        _ = try await queue.cancel(job.id)
        await queue.drain()

        let log = URL(filePath: "\(crashed.path)/jobs/\(job.id)/events.ndjson")
        let file = try FileHandle(forWritingTo: log)
        try file.seekToEnd()
        try file.write(contentsOf: Data(tail.utf8))
        try file.close()
        let again = try JobQueue(store: crashed.open(), runner: Runner { _, _ in .succeeded() }, workers: 1)
        again.start()
        let events = try await again.allEvents(of: job.id)
        #expect(events.map(\.kind) == [.queued, .started, .interrupted, .resumed, .succeeded])
        #expect(events.map(\.id) == [1, 2, 3, 4, 5])
        await again.drain()
    }

    @Test func lateReaderSkipsBatchesAndNothingElse() async throws {
        let store = try directory.open()
        let gate = Gate()
        let ended = Gate()
        let queue = try JobQueue(
            store: store,
            runner: Runner { _, context in
                context.begin(epochs: 60, steps: 1, logNames: ["loss"])
                gate.pass()
                for epoch in 1...60 {
                    try context.beginEpoch(epoch)
                    if epoch.isMultiple(of: 10) {
                        Thread.sleep(forTimeInterval: 0.101)
                        try [1].withUnsafeBufferPointer { try context.endBatch(1, logs: $0) }
                    }
                    try context.endEpoch(epoch, logs: [:], seconds: 0)
                }
                ended.pass()
                return .succeeded()
            }, workers: 1)
        queue.start()
        let job = try await queue.submit(try await store.makeModel())
        var slow = try queue.events(of: job.id)
        var told: [JobEvent] = []
        while told.last?.kind != .started { told += try #require(await slow.next()) }
        #expect(try await slow.next(within: 0.001) == [])
        gate.open()
        var epochs = 0
        while epochs < 60 {
            try await Task.sleep(for: .milliseconds(20))
            epochs = try await queue.allEvents(of: job.id, follow: false).count { $0.kind == .epochEnd }
        }
        ended.open()
        while let events = try await slow.next() { told += events }
        let all = try await queue.allEvents(of: job.id)
        #expect(all.map(\.id) == Array(1...all.count))
        #expect(all.count { $0.kind == .batch } == 6)
        #expect(told.filter { $0.kind != .batch } == all.filter { $0.kind != .batch })
        #expect(!told.contains { $0.kind == .batch })
        await queue.drain()
    }

    @Test func batchEventsComeAtMostTenTimesASecond() async throws {
        let store = try directory.open()
        let queue = try JobQueue(
            store: store,
            runner: Runner { _, context in
                context.begin(epochs: 1, steps: 100_000, logNames: ["loss"])
                try context.beginEpoch(1)
                let logs = [0.5]
                let start = ContinuousClock.now
                for step in 1... {
                    try logs.withUnsafeBufferPointer { try context.endBatch(step, logs: $0) }
                    if start.duration(to: .now) > .milliseconds(450) { break }
                }
                return .succeeded()
            }, workers: 1)
        queue.start()
        let job = try await queue.submit(try await store.makeModel())
        let times = try await queue.allEvents(of: job.id).filter { $0.kind == .batch }.map(
            \.time.milliseconds)
        #expect(times.count >= 1)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= 99 })
        await queue.drain()
    }
}
