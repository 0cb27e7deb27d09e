/// Who is told how a fit goes. Its calls hold up training: they hand on and return.
public protocol FitObserver: AnyObject {
    /// An epoch begins, counted from 0, or goes on behind its first `step` batches, done before an interruption.
    func epochBegan(_ epoch: Int, step: Int)
    /// How far the epoch is; at most ten times a second.
    func progressed(_ progress: FitProgress)
    /// In the midst of an epoch, behind its first `step` batches, it is time for a checkpoint: the fit is asked to pause,
    /// or the last one was `Runtime.checkpointSeconds` ago. `checkpoint` gives what is needed to go on from here, and
    /// costs a copy of the weights.
    func checkpointIsDue(epoch: Int, step: Int, checkpoint: () -> FitCheckpoint)
    /// An epoch has ended. `checkpoint` gives what is needed to go on from here, and costs a copy of the weights.
    func epochEnded(_ epoch: EndedEpoch, checkpoint: () -> FitCheckpoint)
    /// A callback has something to say.
    func noted(_ text: String)
    /// A callback has made something.
    func handed(_ output: FitOutput)
}

extension FitObserver {
    /// Does without.
    public func checkpointIsDue(epoch: Int, step: Int, checkpoint: () -> FitCheckpoint) {}
}

/// How far an epoch is.
public struct FitProgress: Sendable {
    /// The epoch, counted from 0.
    public let epoch: Int
    /// Batches done.
    public let step: Int
    /// Batches of the epoch.
    public let steps: Int
    /// The figures of the batches so far.
    public let logs: Logs
}

/// How an epoch went.
public struct EndedEpoch: Sendable {
    /// Its number, counted from 0.
    public let epoch: Int
    /// Its figures.
    public let logs: Logs
    /// Batches that it had.
    public let steps: Int
    /// Seconds that it took.
    public let seconds: Double
    /// Whether the fit ends with it: there is nothing to go on with, and the outcome follows.
    public let isLast: Bool
}

/// What a fit ends with.
public struct FitOutcome: Sendable {
    /// How it ended.
    public enum Ending: Sendable {
        /// All epochs are over, or a callback ended it.
        case finished
        /// It was asked to end.
        case cancelled
        /// It was asked to stop so that it can go on later.
        case paused
    }

    /// How it ended.
    public let ending: Ending
    /// The model as the fit leaves it, and where: it is not copied, as nothing changes it any more.
    public let state: ModelState
    /// The figures of every epoch; of those before an interruption as far as its checkpoint has them.
    public let history: FitHistory
    /// How many epochs were run to their end, those before an interruption included.
    public let epochsRun: Int
}
