import Logging
import OrderedCollections
import Protocol
import Synchronization

/// What a run sees of the server: whether to stop, where to tell its progress, and its checkpoints.
///
/// Used by the thread that runs the job; polling reads the progress from others.
public final class JobContext: Sendable {
    /// The job, as it was accepted.
    public let job: Job
    /// Where models, datasets and their arrays are.
    public let store: Store
    /// Where the run looks, before each batch, whether to stop.
    public let stop = StopFlag()
    let log: EventLog
    let checkpoints: CheckpointWriter
    private let meter = Mutex(ProgressMeter())
    private let fit = Mutex<JSONObject>([:])
    private let found = Mutex<Checkpoint?>(nil)
    private let logger: Logger

    init(_ job: Job, store: Store, log: EventLog, logger: Logger) {
        self.job = job
        self.store = store
        self.log = log
        self.logger = logger
        checkpoints = CheckpointWriter(job.id, store: store, log: log, logger: logger)
    }

    /// What was asked for; read from the disk where it is big, and so not to be kept.
    public func request() throws(Problem) -> JSONValue {
        job.request.isNull ? try store.request(of: job.id) : job.request
    }

    /// From where to go on after an interruption; nil to begin at the beginning.
    public var checkpoint: Checkpoint? { found.withLock { $0 } }

    /// Says what the run consists of, once, before the first epoch.
    /// - Parameters:
    ///   - epochs: The last epoch's number, counted from 1.
    ///   - initialEpoch: How many epochs before the first one count as done, as in Keras.
    ///   - steps: Batches of an epoch, when known.
    ///   - batchSize: Samples of a batch, for `History.params`.
    ///   - logNames: The names of what `endBatch` tells.
    public func begin(
        epochs: Int, initialEpoch: Int = 0, steps: Int?, batchSize: Int? = nil, logNames: [String]
    ) {
        fit.withLock { fit in
            fit = ["epochs": .integer(Int64(epochs))]
            fit["steps"] = steps.map { .integer(Int64($0)) } ?? .null
            fit["batch_size"] = batchSize.map { .integer(Int64($0)) } ?? .null
        }
        meter.withLock {
            $0.begin(epochs: epochs, initialEpoch: initialEpoch, steps: steps, logNames: logNames)
        }
    }

    /// Tells that an epoch begins, or goes on after an interruption.
    /// - Parameters:
    ///   - epoch: Its number, from 1.
    ///   - step: Batches of it that are done already.
    ///   - notes: What is to be known before it.
    public func beginEpoch(_ epoch: Int, step: Int = 0, notes: [String] = []) throws(Problem) {
        meter.withLock { $0.beginEpoch(epoch, step: step) }
        var data = described(epoch)
        if step > 0 { data["step"] = .integer(Int64(step)) }
        if !notes.isEmpty { data["notes"] = .array(notes.map { .string($0) }) }
        try log.append(.epochBegin, .object(data))
    }

    /// Tells that a batch is done: at once to those who poll, ten times a second as an event. Allocates
    /// nothing between the events.
    /// - Parameters:
    ///   - step: The batch's number in its epoch, from 1.
    ///   - logs: The running means, in the order of `begin`'s `logNames`.
    public func endBatch(_ step: Int, logs: UnsafeBufferPointer<Double>) throws(Problem) {
        let progress = meter.withLock { $0.endBatch(step, logs) ? $0.progress : nil }
        guard let progress else { return }
        try log.append(
            .batch,
            [
                "epoch": .integer(Int64(progress.epoch)), "step": .integer(Int64(step)),
                "steps": progress.steps.map { .integer(Int64($0)) } ?? .null,
                "logs": .object(progress.logs.mapValues(JSONValue.number)),
            ])
    }

    /// Tells that an epoch is over; the History takes its logs.
    /// - Parameters:
    ///   - epoch: Its number, from 1.
    ///   - logs: All names of the epoch, validation's too, in Keras's order.
    ///   - seconds: How long it took.
    ///   - notes: What callbacks have said meanwhile.
    public func endEpoch(
        _ epoch: Int, logs: JSONObject, seconds: Double, notes: [String] = []
    ) throws(Problem) {
        meter.withLock { $0.endEpoch(logs) }
        var data = described(epoch)
        data["logs"] = .object(logs)
        data["seconds"] = .number(seconds)
        if !notes.isEmpty { data["notes"] = .array(notes.map { .string($0) }) }
        try log.append(.epochEnd, .object(data))
    }

    /// Has a checkpoint written in the background; a newer one takes the place of one that waits.
    ///
    /// Once it is on the disk, a `checkpoint` event says so. Training goes on meanwhile, so `serialize`, called
    /// on another thread, needs a copy of what it writes.
    /// - Parameters:
    ///   - epoch: The epoch that has just ended, or that is under way, from 1.
    ///   - step: Batches done of the one under way; nil at an epoch's end.
    ///   - serialize: Makes the checkpoint's bytes.
    public func saveCheckpoint(
        epoch: Int, step: Int? = nil, _ serialize: @escaping @Sendable () throws -> [UInt8]
    ) {
        checkpoints.save(CheckpointPlace(epoch: epoch, step: step), serialize)
    }

    /// The History so far; that of an interrupted run included.
    public var history: History { log.history }

    var progress: JobProgress? { meter.withLock { $0.progress } }

    /// Looks for the newest checkpoint of use and tells from where the run goes on.
    /// - Parameter hasStarted: Whether the events say that the job has run. Where they do not, that it goes on is told
    ///   only if there are checkpoints, and so events that are lost.
    func resume(hasStarted: Bool) throws(Problem) {
        let found = try store.wrapping {
            try CheckpointFiles(directory: store.jobDirectory(job.id)).latest(
                lastEvent: log.lastRecovered ?? 0)
        }
        let reason = found.reason
        guard hasStarted || reason != nil else { return }
        self.found.withLock { $0 = found.checkpoint }
        let place = found.checkpoint?.place ?? CheckpointPlace(epoch: 0)
        var data = place.description
        if place.step == nil { data["epoch"] = .integer(Int64(place.epoch) + 1) }
        if let reason {
            let detail =
                found.checkpoint == nil
                ? "All checkpoints are \(reason); the job begins again."
                : "The newest checkpoint is \(reason); the one before is used."
            data["detail"] = .string(detail)
            logger.warning("\(job.id): \(detail)")
        }
        try log.append(.resumed, .object(data))
    }

    private func described(_ epoch: Int) -> JSONObject {
        let fit = fit.withLock { $0 }
        var data: JSONObject = ["epoch": .integer(Int64(epoch))]
        for (name, value) in fit { data[name] = value }
        return data
    }
}

extension CheckpointFiles.Found {
    /// Why newer ones are not used; nil where there are none.
    fileprivate var reason: String? {
        switch (damaged > 0, untold > 0) {
        case (false, false): nil
        case (true, false): "damaged"
        case (false, true): "ahead of the events that are left"
        case (true, true): "damaged or ahead of the events that are left"
        }
    }
}
