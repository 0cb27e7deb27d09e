import OrderedCollections
import Protocol

/// Follows a run's position and pace. Told of each batch, it allocates nothing.
struct ProgressMeter {
    private var epochs = 1
    private var initialEpoch = 0
    private var steps: Int?
    private var names: [String] = []
    private var values: [Double] = []
    private var epochLogs: OrderedDictionary<String, Double>?
    /// Of the epoch before, until the first batch of this one is done.
    private var lastLogs: OrderedDictionary<String, Double> = [:]
    private var epoch = 0
    private var step = 0
    private var hasBegun = false
    /// Whether a batch of this epoch was done in this run.
    private var hasFigures = false
    private var startFraction = 0.0
    private var startTime = ContinuousClock.now
    private var lastBatchEvent = ContinuousClock.now

    /// `batch` events come at most ten times a second.
    private static let batchInterval = Duration.milliseconds(100)

    mutating func begin(epochs: Int, initialEpoch: Int, steps: Int?, logNames: [String]) {
        self.epochs = max(epochs, 1)
        self.initialEpoch = initialEpoch
        self.steps = steps
        names = logNames
        values = Array(repeating: 0, count: logNames.count)
        startTime = .now
        lastBatchEvent = startTime
    }

    mutating func beginEpoch(_ epoch: Int, step: Int) {
        self.epoch = epoch
        self.step = step
        if let epochLogs { lastLogs = epochLogs }
        epochLogs = nil
        hasFigures = false
        if !hasBegun {
            hasBegun = true
            startFraction = fraction
        }
    }

    /// - Returns: Whether it is time for a `batch` event.
    mutating func endBatch(_ step: Int, _ logs: UnsafeBufferPointer<Double>) -> Bool {
        self.step = step
        hasFigures = true
        for index in 0..<min(logs.count, values.count) { values[index] = logs[index] }
        let now = ContinuousClock.now
        guard now - lastBatchEvent >= Self.batchInterval else { return false }
        lastBatchEvent = now
        return true
    }

    mutating func endEpoch(_ logs: JSONObject) {
        if let steps { step = steps }
        epochLogs = logs.compactMapValues(\.number)
    }

    /// The epoch under way; the first one for work that has no epochs.
    private var current: Int { max(epoch, initialEpoch + 1) }

    /// The part of all epochs that is done; an epoch of unknown length counts when it is over.
    private var fraction: Double {
        let inEpoch: Double =
            if let steps, steps > 0 { min(1, Double(step) / Double(steps)) } else { epochLogs == nil ? 0 : 1 }
        let all = Double(max(1, epochs - initialEpoch))
        return min(1, max(0, (Double(current - 1 - initialEpoch) + inEpoch) / all))
    }

    /// The position; nil before anything was told.
    var progress: JobProgress? {
        guard epoch > 0 || step > 0 else { return nil }
        let fraction = fraction
        let elapsed = startTime.duration(to: .now) / .seconds(1)
        let done = fraction - startFraction
        return JobProgress(
            epoch: current, epochs: epochs, step: step, steps: steps, fraction: fraction,
            etaSeconds: done > 0 ? elapsed * (1 - fraction) / done : nil,
            logs: epochLogs
                ?? (hasFigures ? OrderedDictionary(zip(names, values), uniquingKeysWith: { $1 }) : lastLogs))
    }
}
