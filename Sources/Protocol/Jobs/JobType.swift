/// What a job does to its model.
public enum JobType: String, Sendable, Hashable, CaseIterable {
    case compile, fit, evaluate, predict
}

/// How far a job has come. The last three are for good.
public enum JobStatus: String, Sendable, Hashable, CaseIterable {
    case queued, running, succeeded, failed, cancelled

    /// Whether the job has come to its end.
    public var isEnded: Bool { self != .queued && self != .running }
}
