import Protocol

/// Does what jobs ask for.
public protocol JobRunner: Sendable {
    /// Runs one job to its end, or to where `context.stop` asks it to stop, on a thread that it may block.
    ///
    /// A job that was interrupted is run again with `context.checkpoint`, and must end as if it never had
    /// been.
    /// - Throws: What the job fails with; a `Problem` is shown to the client as it is.
    func run(_ job: Job, _ context: JobContext) throws -> JobOutcome
}

/// How a run came to its end. What it changes is written in one transaction with the job's end.
public struct JobOutcome: Sendable {
    /// The ends that are not failures.
    public enum Kind: Sendable {
        /// All was done.
        case succeeded
        /// It was cancelled; what it changes until then stays.
        case cancelled
        /// The server stops; the job goes on from its last checkpoint at the next start.
        case paused
    }

    /// How it ended.
    public var kind: Kind
    /// What the job shows as its result.
    public var result: JSONValue?
    /// What the job has made of its model.
    public var model: ModelChange?
    /// Arrays that become a dataset, named by `StagedDataset.id`.
    public var dataset: StagedDataset?
    /// What there is to say at the end, for the last event.
    public var notes: [String] = []
    /// What is let go of when the end has been told: memory that takes the system a while to be given back.
    public var held: [any Sendable] = []

    /// An end.
    public init(
        _ kind: Kind, result: JSONValue? = nil, model: ModelChange? = nil, dataset: StagedDataset? = nil
    ) {
        self.kind = kind
        self.result = result
        self.model = model
        self.dataset = dataset
    }

    /// A job that did all it was asked for.
    public static func succeeded(
        _ result: JSONValue? = nil, model: ModelChange? = nil, dataset: StagedDataset? = nil,
        notes: [String] = []
    ) -> JobOutcome {
        var outcome = JobOutcome(.succeeded, result: result, model: model, dataset: dataset)
        outcome.notes = notes
        return outcome
    }

    /// A job that was cancelled; the model keeps what it has learnt.
    public static func cancelled(
        _ result: JSONValue? = nil, model: ModelChange? = nil, notes: [String] = []
    ) -> JobOutcome {
        var outcome = JobOutcome(.cancelled, result: result, model: model)
        outcome.notes = notes
        return outcome
    }

    /// A job that goes on at the next start.
    public static let paused = JobOutcome(.paused)
}
