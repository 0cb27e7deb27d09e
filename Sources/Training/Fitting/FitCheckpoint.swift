import Protocol

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
    /// The figures of the epochs so far; nothing else depends on them.
    public var history: FitHistory
    /// What the callbacks remember, in their order.
    public var callbacks: [CallbackMemory]
    /// Whether a callback has ended the fit.
    public var stopsTraining: Bool
    /// What is done of the epoch to go on with; nil when it has not begun.
    public var partialEpoch: PartialEpoch?

    /// A checkpoint of these parts.
    public init(
        state: ModelState, nextEpoch: Int, batchesTaken: Int, passesBegun: Int, history: FitHistory,
        callbacks: [CallbackMemory], stopsTraining: Bool, partialEpoch: PartialEpoch? = nil
    ) {
        self.state = state
        self.nextEpoch = nextEpoch
        self.batchesTaken = batchesTaken
        self.passesBegun = passesBegun
        self.history = history
        self.callbacks = callbacks
        self.stopsTraining = stopsTraining
        self.partialEpoch = partialEpoch
    }
}

/// How far an epoch was that was interrupted.
public struct PartialEpoch: Sendable, Hashable {
    /// Batches done of it.
    public var step: Int
    /// Seconds that they took.
    public var seconds: Double
    /// What the loss, then each metric has gathered of them.
    public var figures: [[Double]]
    /// What callbacks have said meanwhile.
    public var notes: [String]

    /// A part of an epoch.
    public init(step: Int, seconds: Double, figures: [[Double]], notes: [String]) {
        self.step = step
        self.seconds = seconds
        self.figures = figures
        self.notes = notes
    }
}
