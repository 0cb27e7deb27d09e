import Protocol

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Who is told how a fit goes. Its calls hold up training: they hand on and return.
public protocol FitObserver: AnyObject {
    /// An epoch begins, counted from 0.
    func epochBegan(_ epoch: Int)
    /// How far the epoch is; at most ten times a second.
    func progressed(_ progress: FitProgress)
    /// An epoch has ended; `checkpoint` gives what is needed to go on from here, and costs a copy of the weights.
    func epochEnded(_ epoch: Int, logs: Logs, steps: Int, seconds: Double, checkpoint: () -> FitCheckpoint)
    /// A callback has something to say.
    func noted(_ text: String)
    /// A callback has made something.
    func handed(_ output: FitOutput)
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
    /// The model as the fit leaves it.
    public let state: ModelState
    /// The figures of every epoch.
    public let history: FitHistory
}

/// All that a fit needs to go on, bit for bit as if it had not been interrupted.
public struct FitCheckpoint: Sendable, Hashable {
    /// The model and its optimizer.
    public var state: ModelState
    /// The epoch to go on with, counted from 0.
    public var nextEpoch: Int
    /// Batches taken of the current pass over the samples.
    public var batchesTaken: Int
    /// Passes begun over the samples.
    public var passesBegun: Int
    /// The figures of the epochs so far.
    public var history: FitHistory
    /// What the callbacks remember, in their order.
    public var callbacks: [CallbackMemory]
    /// Whether a callback has ended the fit.
    public var stopsTraining: Bool

    /// A checkpoint of these parts.
    public init(
        state: ModelState, nextEpoch: Int, batchesTaken: Int, passesBegun: Int, history: FitHistory,
        callbacks: [CallbackMemory], stopsTraining: Bool
    ) {
        self.state = state
        self.nextEpoch = nextEpoch
        self.batchesTaken = batchesTaken
        self.passesBegun = passesBegun
        self.history = history
        self.callbacks = callbacks
        self.stopsTraining = stopsTraining
    }
}

/// The clocks.
enum Clock {
    /// Seconds since 1970.
    static var time: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Seconds since some moment in the past.
    static var seconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}

/// Says when a tenth of a second has passed.
struct Ticker {
    private var last: Double

    init(start: Double) { last = start }

    mutating func isDue() -> Bool {
        let now = Clock.seconds
        guard now - last >= 0.1 else { return false }
        last = now
        return true
    }
}
