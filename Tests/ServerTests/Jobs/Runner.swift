import Foundation
import OrderedCollections
import Protocol
import Server
import Synchronization
import Testing

/// A runner that does what a test says.
struct Runner: JobRunner {
    let body: @Sendable (Job, JobContext) throws -> JobOutcome

    init(_ body: @escaping @Sendable (Job, JobContext) throws -> JobOutcome) { self.body = body }

    func run(_ job: Job, _ context: JobContext) throws -> JobOutcome { try body(job, context) }

    /// For queues that are not started.
    static let never = Runner { _, _ in throw Problem(.internalError, "ran") }

    /// Runs until it is asked to stop.
    static let untilStopped = Runner { _, context in
        while true {
            switch context.stop.request {
            case .none: Thread.sleep(forTimeInterval: 0.001)
            case .pause: return .paused
            case .cancel: return .cancelled(["epochs_run": 0], model: ModelChange(state: .set([42])))
            }
        }
    }
}

/// Holds a runner until the test lets it go.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    func open() { semaphore.signal() }
    func pass() { semaphore.wait() }
}

/// What happened, in order.
final class Trace: Sendable {
    private let entries = Mutex<[String]>([])
    func add(_ entry: String) { entries.withLock { $0.append(entry) } }
    var all: [String] { entries.withLock { $0 } }
}

extension JobQueue {
    func submit(
        _ model: Model, _ type: JobType = .fit, datasets: OrderedDictionary<String, DatasetID> = [:],
        request: JSONValue = [:]
    ) async throws -> Job {
        let accepted = try await submit(
            JobSubmission(type: type, model: model.id, request: request, datasets: datasets))
        return try #require(accepted.made)
    }

    /// All events, up to the end of the job.
    func allEvents(of id: JobID, after: Int = 0, follow: Bool = true) async throws -> [JobEvent] {
        var reader = try events(of: id, after: after, follow: follow)
        var events: [JobEvent] = []
        while let more = try await reader.next() { events += more }
        return events
    }

    /// Waits until a job is in a state.
    func until(_ id: JobID, _ status: JobStatus) async throws {
        while try job(id).status != status { try await Task.sleep(for: .milliseconds(1)) }
    }

    /// Waits until a job has told an event.
    func until(_ id: JobID, _ kind: JobEvent.Kind) async throws {
        var reader = try events(of: id)
        while let events = try await reader.next() {
            if events.contains(where: { $0.kind == kind }) { return }
        }
        Issue.record("no \(kind)")
    }

    /// Waits until a job has told that it runs for the `number`th time, from 1: its status is `running` before that.
    func until(_ id: JobID, run number: Int) async throws {
        var reader = try events(of: id)
        var runs = 0
        while let events = try await reader.next() {
            runs += events.count { $0.kind == .started || $0.kind == .resumed }
            if runs >= number { return }
        }
        Issue.record("\(runs) runs, not \(number)")
    }
}
