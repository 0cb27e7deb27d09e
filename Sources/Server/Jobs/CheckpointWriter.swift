import Dispatch
import Protocol
import Synchronization

/// Makes one job's checkpoints durable on a queue of its own, so that training never waits for the disk.
///
/// The newest wins: what is saved while another one is written, or shortly before, is written alone.
final class CheckpointWriter: Sendable {
    private struct Pending {
        let epoch: Int
        let serialize: @Sendable () throws -> [UInt8]
    }

    private struct State {
        var pending: Pending?
        var isScheduled = false
        var isClosed = false
    }

    private let files: CheckpointFiles
    private let log: EventLog
    private let queue = DispatchQueue(label: "fitd.checkpoints", qos: .utility)
    private let state = Mutex(State())

    /// A job that is over before this spares the disk its checkpoints.
    private static let delay = DispatchTimeInterval.milliseconds(20)

    init(directory: String, log: EventLog) {
        files = CheckpointFiles(directory: directory)
        self.log = log
    }

    /// Has a checkpoint written soon, unless a newer one comes before.
    func save(epoch: Int, _ serialize: @escaping @Sendable () throws -> [UInt8]) {
        let mustSchedule = state.withLock { state in
            guard !state.isClosed else { return false }
            state.pending = Pending(epoch: epoch, serialize: serialize)
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if mustSchedule { schedule() }
    }

    /// Waits until the newest checkpoint is on the disk.
    func flush() throws(Problem) {
        do {
            try queue.sync { try writePending() }
        } catch {
            throw Problem(storing: error)
        }
    }

    /// The job has ended: nothing more is written, and what was is removed.
    /// - Parameter directory: What to remove besides the checkpoints, or nil.
    func close(removing directory: String?) {
        state.withLock { state in
            state.isClosed = true
            state.pending = nil
        }
        queue.async { [files] in
            // What stays is removed at the next start.
            try? directory.map(Files.removeDirectory) ?? files.removeAll()
        }
    }

    private func schedule() {
        queue.asyncAfter(deadline: .now() + Self.delay) {
            // A checkpoint that cannot be written is left out; the one before still holds.
            try? self.writePending()
            let more = self.state.withLock { state in
                state.isScheduled = state.pending != nil
                return state.isScheduled
            }
            if more { self.schedule() }
        }
    }

    private func writePending() throws {
        let pending = state.withLock { state in
            defer { state.pending = nil }
            return state.pending
        }
        guard let pending else { return }
        try files.save(epoch: pending.epoch, try pending.serialize())
        try log.append(.checkpoint, ["epoch": .integer(Int64(pending.epoch))])
    }
}
