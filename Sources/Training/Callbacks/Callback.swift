import Protocol

/// Something that watches a fit from epoch to epoch and may steer it (`keras.callbacks.Callback`).
package protocol Callback: Configurable {
    /// The object that watches one fit; throws an `ArgumentError` when the callback does not fit that fit.
    func makeRun(_ site: CallbackSite) throws -> CallbackRun
    /// What it adds to an epoch's figures.
    static var addedFigures: [String] { get }
    /// The names of the files that it writes.
    var outputNames: [String] { get }
}

extension Callback {
    package static var addedFigures: [String] { [] }
    package var outputNames: [String] { [] }
}

/// The fit that a callback is to watch.
package struct CallbackSite {
    /// Whether each of the metrics is better when it is larger or smaller, by name; metrics without a direction are
    /// left out.
    package let directions: [String: MetricDirection]
    /// The names of all metrics.
    package let metrics: [String]
    /// Whether the optimizer's learning rate is a schedule, which no callback can change.
    package let hasSchedule: Bool
    /// Whether the optimizer averages the weights.
    package let keepsAverages: Bool
    /// Whether each epoch has a validation.
    package let validatesAlways: Bool
    /// The URLs to which figures may be sent; nil when that is judged elsewhere.
    package let remoteMonitors: [String]?
    /// What the callbacks before this one add to an epoch's figures.
    package var addedFigures: [String] = []

    /// The figures that each epoch ends with.
    var epochFigures: [String] {
        let trained = ["loss"] + metrics
        return trained + (validatesAlways ? trained.map { "val_\($0)" } : []) + addedFigures
    }
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
    /// Before a validation.
    func testBegan(_ fit: FitControl) {}
    /// After a validation.
    func testEnded(_ fit: FitControl) {}
    /// After an epoch and its validation; the callback may add figures.
    func epochEnded(_ epoch: Int, _ logs: inout Logs, _ fit: FitControl) {}
    /// After the last epoch.
    func trainEnded(_ fit: FitControl) {}

    /// What it remembers from batch to batch, for a checkpoint.
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
    /// The epoch after the last one, counted from 0.
    var epochs: Int { get }
    /// The optimizer's learning rate; nil when a schedule rules it.
    var learningRate: Float? { get set }
    /// The rate of the next step, whatever rules it.
    var currentLearningRate: Float { get }
    /// Set to end the fit after this epoch, or after this batch when set by `batchEnded`.
    var stopsTraining: Bool { get set }
    /// The weights as they are now, in the model's order.
    var weights: [[Float]] { get set }
    /// The same, with their names and shapes.
    var namedWeights: [Variable] { get }
    /// The figures of the batches of this epoch so far.
    var figures: Logs { get }
    /// Batches of each validation; 0 when there is none.
    var validationBatches: Int { get }
    /// The model's name.
    var modelName: String { get }
    /// What Keras's `model.to_json()` holds.
    var modelConfig: JSONValue { get }
    /// Steps taken by the optimizer.
    var iterations: Int { get }
    /// The optimizer's averaged weights, exchanged with the model's; false when it keeps none.
    func exchangeAveragedWeights() -> Bool
    /// Makes the model's weights the averaged ones.
    func copyWeightsToAverages()
    /// Notes a line for whoever watches the fit.
    func note(_ text: String)
    /// Hands something to the world outside.
    func hand(_ output: FitOutput)
}
