import Protocol

/// Something that watches a fit from epoch to epoch and may steer it (`keras.callbacks.Callback`).
package protocol Callback: Configurable {
    /// The object that watches one fit.
    func makeRun() -> CallbackRun
}

/// Watches one fit.
package class CallbackRun {
    /// Before the first epoch.
    func trainBegan(_ fit: FitControl) {}
    /// Before an epoch, counted from 0.
    func epochBegan(_ epoch: Int, _ fit: FitControl) {}
    /// Whether `batchEnded` wants to be called.
    var watchesBatches: Bool { false }
    /// After a batch, with the mean loss of the epoch so far.
    func batchEnded(loss: Double, _ fit: FitControl) {}
    /// After an epoch and its validation; the callback may add figures.
    func epochEnded(_ epoch: Int, _ logs: inout Logs, _ fit: FitControl) {}
    /// After the last epoch.
    func trainEnded(_ fit: FitControl) {}

    /// What it remembers from epoch to epoch, for a checkpoint.
    var memory: CallbackMemory {
        get { CallbackMemory() }
        set {}
    }
}

/// What a callback remembers.
public struct CallbackMemory: Sendable, Hashable {
    /// Numbers and flags.
    public var values: JSONObject = [:]
    /// Weights that it keeps.
    public var weights: [[Float]] = []

    /// Nothing.
    public init() {}
}

/// What a callback may see and change.
package protocol FitControl: AnyObject {
    /// The optimizer's learning rate; nil when a schedule rules it.
    var learningRate: Float? { get set }
    /// The rate of the next step, whatever rules it.
    var currentLearningRate: Float { get }
    /// Set to end the fit after this epoch, or after this batch when set by `batchEnded`.
    var stopsTraining: Bool { get set }
    /// The weights as they are now, in the model's order.
    var weights: [[Float]] { get set }
    /// Steps taken by the optimizer.
    var iterations: Int { get }
    /// The optimizer's averaged weights, exchanged with the model's; false when it keeps none.
    func exchangeAveragedWeights() -> Bool
    /// Notes a line for whoever watches the fit.
    func note(_ text: String)
}
