import Dispatch
import Logging
import Protocol
import Synchronization
import Training

/// Makes one job's checkpoints durable on a queue of its own, so that training never waits for the disk.
///
/// Of those from which the job goes on, the newest wins: what is saved while another one is written, or shortly
/// before, is written alone. Those that have names, and the files of callbacks, are all written, and always before a
/// later one from which the job would go on, so that none is lost.
final class CheckpointWriter: Sendable {
    private struct Pending {
        let place: CheckpointPlace
        /// The last event that it counts on.
        let event: Int
        let serialize: @Sendable () throws -> [UInt8]
    }

    private struct State {
        var pending: Pending?
        /// Whether one is being written.
        var isWriting = false
        /// Whether the last one could not be written.
        var isFailing = false
        /// What there is to say of those that could not be written.
        var notes: [String] = []
        var named: [NamedModel] = []
        /// Parts of files, in their order.
        var parts: [FilePart] = []
        /// Bytes of the weights in `named` and of `parts`.
        var heldBytes = 0
        /// Why what has a name could not be kept.
        var failure: Problem?
        var isScheduled = false
        var isClosed = false

        /// Whether the writing has to be scheduled, because something waits and it is not.
        mutating func schedule() -> Bool {
            defer { isScheduled = true }
            return !isScheduled && !isClosed
        }
    }

    private let job: JobID
    private let store: Store
    private let files: CheckpointFiles
    private let log: EventLog
    private let logger: Logger
    private let queue = DispatchQueue(label: "fitd.checkpoints", qos: .utility)
    private let state = Mutex(State())

    /// A job that is over before this spares the disk its checkpoints.
    private static let delay = DispatchTimeInterval.milliseconds(20)
    /// Training waits for the disk when what has a name and is not yet written takes more than this.
    private static let mostBytes = 64 << 20

    init(_ job: JobID, store: Store, log: EventLog, logger: Logger) {
        self.job = job
        self.store = store
        files = CheckpointFiles(directory: store.jobDirectory(job))
        self.log = log
        self.logger = logger
    }

    /// Has a checkpoint written soon, unless a newer one comes before.
    func save(_ place: CheckpointPlace, _ serialize: @escaping @Sendable () throws -> [UInt8]) {
        let event = log.lastID
        let mustSchedule = state.withLock { state in
            state.pending = Pending(place: place, event: event, serialize: serialize)
            return state.schedule()
        }
        if mustSchedule { schedule() }
    }

    /// Whether no checkpoint waits or is being written.
    var isIdle: Bool { state.withLock { $0.pending == nil && !$0.isWriting } }

    /// What there is to say since the last call: of checkpoints that could not be written.
    func takeNotes() -> [String] {
        state.withLock { state in
            defer { state.notes = [] }
            return state.notes
        }
    }

    /// Has a model kept under its name soon; waits for the disk when much is waiting already.
    /// - Throws: Why an earlier one could not be kept.
    func keep(_ model: NamedModel) throws(Problem) {
        try hold(model.weights.reduce(0) { $0 + $1.count * 4 }) { $0.named.append(model) }
    }

    /// Has a part of a file written soon, after those before it; waits for the disk when much is waiting already.
    /// - Throws: Why an earlier one could not be written.
    func keep(_ part: FilePart) throws(Problem) {
        try hold(part.bytes.count + 256) { $0.parts.append(part) }
    }

    private func hold(_ bytes: Int, _ add: (inout State) -> Void) throws(Problem) {
        let (mustSchedule, isFull, failure) = state.withLock { state in
            add(&state)
            state.heldBytes += bytes
            return (state.schedule(), state.heldBytes > Self.mostBytes, state.failure)
        }
        if let failure { throw failure }
        if mustSchedule { schedule() }
        if isFull { try finish() }
    }

    /// Waits until all that has a name is on the disk.
    func finish() throws(Problem) {
        do {
            try queue.sync { try writeNamed() }
        } catch {
            throw Problem(storing: error)
        }
    }

    /// Waits until the newest checkpoint is on the disk.
    func flush() throws(Problem) {
        do {
            try queue.sync { try writePending() }
        } catch {
            throw Problem(storing: error)
        }
    }

    /// The job has ended: nothing more is written, and what was is removed, but for what has names.
    /// - Parameter directory: What to remove besides the checkpoints, or nil.
    func close(removing directory: String?) {
        state.withLock { state in
            state.isClosed = true
            state.pending = nil
            state.named = []
            state.parts = []
        }
        queue.async { [files] in
            // What stays is removed at the next start.
            try? directory.map(Files.removeDirectory) ?? files.removeAll()
        }
    }

    private func schedule() {
        queue.asyncAfter(deadline: .now() + Self.delay) {
            // What cannot be written has been told; the checkpoint before still holds.
            try? self.writePending()
            let more = self.state.withLock { state in
                state.isScheduled =
                    state.pending != nil || !state.named.isEmpty || !state.parts.isEmpty
                return state.isScheduled
            }
            if more { self.schedule() }
        }
    }

    private func writePending() throws {
        let pending = state.withLock { state in
            defer { state.pending = nil }
            state.isWriting = state.pending != nil
            return state.pending
        }
        defer { state.withLock { $0.isWriting = false } }
        // What was named until then is kept first: a job that goes on from here does not make it again.
        try writeNamed()
        guard let pending else { return }
        do {
            let content = try pending.serialize()
            // The events tell the History, which no checkpoint holds: none is to be there without them.
            try log.sync()
            try files.save(pending.place, after: pending.event, content)
            try log.append(.checkpoint, .object(pending.place.description))
        } catch {
            tell(Problem(storing: error), of: pending.place)
            throw error
        }
        let hasHealed = state.withLock { state in
            defer { state.isFailing = false }
            return state.isFailing
        }
        if hasHealed { logger.notice("checkpoints of \(job) are written again") }
    }

    /// Says that a checkpoint could not be written, once until one can be.
    private func tell(_ problem: Problem, of place: CheckpointPlace) {
        let isFirst = state.withLock { state in
            defer { state.isFailing = true }
            guard !state.isFailing else { return false }
            state.notes.append(
                "The checkpoint of epoch \(place.epoch) could not be written, so an interrupted job would go on from an "
                    + "older one: \(problem.detail)")
            return true
        }
        if isFirst { logger.warning("a checkpoint of \(job) could not be written: \(problem.detail)") }
    }

    private func writeNamed() throws {
        let (named, parts, failure) = state.withLock { state in
            defer { (state.named, state.parts, state.heldBytes) = ([], [], 0) }
            return (state.named, state.parts, state.failure)
        }
        if let failure { throw failure }
        do {
            if !parts.isEmpty { try store.append(parts, to: job) }
            guard !named.isEmpty else { return }
            let staged = try named.map { try $0.staged(in: store) }
            for (model, isKept) in zip(named, try store.keep(staged, of: job)) where isKept {
                try log.append(.checkpoint, model.description)
            }
        } catch {
            let problem = Problem(storing: error)
            state.withLock { $0.failure = problem }
            throw problem
        }
    }
}

extension NamedModel {
    /// The weights, written as `GET /v1/models/{model}/weights` gives them.
    fileprivate func staged(in store: Store) throws -> StagedCheckpoint {
        let file = try store.blobs.stage()
        try weights.writeNPZ { try file.write($0) }
        file.suspend()
        return StagedCheckpoint(
            name: name, epoch: epoch, step: step, logs: .object(logs.inKerasOrder), file: file)
    }

    /// What its event says.
    fileprivate var description: JSONValue {
        var data: JSONObject = ["epoch": .integer(Int64(epoch))]
        if let step { data["step"] = .integer(Int64(step)) }
        data["name"] = .string(name)
        return .object(data)
    }
}
