import OrderedCollections
import Protocol

/// The figures of an epoch or of an evaluation, by name: `loss` first.
public typealias Logs = OrderedDictionary<String, MetricValue>

/// What a fit gives back (`keras.callbacks.History`).
public struct FitHistory: Sendable, Hashable {
    /// The epochs that were run, counted from 0.
    public var epochs: [Int] = []
    /// Each figure's values, one for each epoch that has it.
    public var values: OrderedDictionary<String, [MetricValue]> = [:]

    /// Nothing yet.
    public init() {}

    /// Takes in an epoch's figures.
    public mutating func append(epoch: Int, _ logs: Logs) {
        epochs.append(epoch)
        for (name, value) in logs { values[name, default: []].append(value) }
    }
}
