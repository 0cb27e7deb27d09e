import Foundation
import Protocol
import Server
import Testing

/// What the loss of power takes of the events, while checkpoints that count on them stay.
extension RecoveryTests {
    /// Takes the events from the first of a kind and an epoch on, as the loss of power can; all of them without a kind.
    func cutEvents(_ directory: DataDirectory, _ job: JobID, from kind: JobEvent.Kind?, epoch: Int = 1) throws
    {
        let file = URL(filePath: "\(directory.path)/jobs/\(job)/events.ndjson")
        let lines = try Data(contentsOf: file).split(separator: 0x0A)
        let kept = try lines.prefix { line in
            let event = try JSONValue(parsing: Array(line))
            guard let kind else { return false }
            return event["event"] != .string(kind.rawValue) || event["data"]?["epoch"]?.integer != epoch
        }
        #expect(kept.count < lines.count)
        try Data(kept.flatMap { Array($0) + [0x0A] }).write(to: file)
    }

    @Test(arguments: [(2, 2, "the one before is used"), (1, 1, "begins again")])
    func aCheckpointAheadOfTheEventsIsPassedOver(lostEpoch: Int, nextEpoch: Int, told: String) async throws {
        let (crashed, job) = try await crashedInThirdEpoch()
        try cutEvents(crashed, job.id, from: .epochEnd, epoch: lostEpoch)
        // It dies once more before the job's turn comes: `interrupted` takes the number of a lost event.
        _ = try JobQueue(store: crashed.open(), runner: Runner.never, workers: 1)
        let again = try crashed.crashed()

        let store = try again.open()
        let queue = try JobQueue(
            store: store, runner: Self.epochs(crashIn: nil, gate: Gate(), reached: Gate()), workers: 1)
        queue.start()
        #expect(try await queue.wait(for: job.id, seconds: 30).status == .succeeded)
        #expect(try store.modelState(job.modelID)?.withUnsafeBytes { Array($0) } == [1, 2, 3])
        let events = try await queue.allEvents(of: job.id)
        #expect(events.map(\.id) == Array(1...events.count))
        let resumed = events.first { $0.kind == .resumed }
        #expect(resumed?.data["epoch"]?.integer == nextEpoch)
        #expect(resumed?.data["detail"]?.string?.contains("ahead of the events") == true)
        #expect(resumed?.data["detail"]?.string?.contains(told) == true)
        #expect(try queue.history(of: job.id).epochs.map(\.number) == [0, 1, 2])
        await queue.drain()
    }

    @Test(arguments: [JobEvent.Kind.epochBegin, nil])
    func checkpointsWithoutEventsAreNotUsed(from kind: JobEvent.Kind?) async throws {
        let (crashed, job) = try await crashedInThirdEpoch()
        try cutEvents(crashed, job.id, from: kind)
        let queue = try JobQueue(
            store: crashed.open(), runner: Self.epochs(crashIn: nil, gate: Gate(), reached: Gate()),
            workers: 1)
        queue.start()
        #expect(try await queue.wait(for: job.id, seconds: 30).status == .succeeded)
        let events = try await queue.allEvents(of: job.id)
        #expect(Array(events.map(\.kind).prefix(2)) == [.queued, .started])
        let resumed = events.filter { $0.kind == .resumed }
        #expect(resumed.map { $0.data["epoch"]?.integer } == [1])
        #expect(resumed.first?.data["detail"]?.string?.contains("begins again") == true)
        #expect(try queue.history(of: job.id).epochs.map(\.number) == [0, 1, 2])
        await queue.drain()
    }
}
