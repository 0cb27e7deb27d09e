import OrderedCollections

/// What `fit` returns in Keras: the values of the loss and the metrics after each epoch.
public struct History: Sendable, Hashable {
    /// What one epoch came to.
    public struct Epoch: Sendable, Hashable {
        /// Its number, from 0, as Keras counts in a History.
        public var number: Int
        /// A value for each name: a number, or a list where a metric has several.
        public var logs: JSONObject

        /// An epoch.
        public init(number: Int, logs: JSONObject) {
            self.number = number
            self.logs = logs
        }
    }

    /// The epochs that are done, in order.
    public private(set) var epochs: [Epoch]
    /// What Keras calls `params`: `epochs`, `steps`, `batch_size`.
    public private(set) var params: JSONObject

    /// A history; usually one of no epochs that takes in a job's events.
    public init(epochs: [Epoch] = [], params: JSONObject = [:]) {
        self.epochs = epochs
        self.params = params
    }

    /// Takes in an event: `epoch_begin` tells the params, `epoch_end` the values.
    ///
    /// An epoch that is told again, because a crash undid it, replaces what was told of it and of later ones.
    public mutating func apply(_ event: JobEvent) {
        switch event.kind {
        case .epochBegin:
            for name in ["epochs", "steps", "batch_size"] { params[name] = event.data[name] ?? .null }
        case .epochEnd:
            guard let number = event.data["epoch"]?.integer, number > 0 else { return }
            while let last = epochs.last, last.number >= number - 1 { epochs.removeLast() }
            epochs.append(Epoch(number: number - 1, logs: event.data["logs"]?.object ?? [:]))
        default: break
        }
    }

    /// The values of each name, in the order in which the names first came; a name that is not told each
    /// epoch, as with `validation_freq`, has fewer.
    public var history: OrderedDictionary<String, [JSONValue]> {
        var history: OrderedDictionary<String, [JSONValue]> = [:]
        for epoch in epochs {
            for (name, value) in epoch.logs { history[name, default: []].append(value) }
        }
        return history
    }

    /// `{"epoch", "history", "params"}`.
    public var json: JSONValue {
        [
            "epoch": .array(epochs.map { .integer(Int64($0.number)) }),
            "history": .object(history.mapValues(JSONValue.array)), "params": .object(params),
        ]
    }

    /// The table that Keras's `CSVLogger` writes of these epochs.
    public var csv: String {
        var table = EpochTable()
        let rows = epochs.map { table.row($0.number, $0.logs) }
        return rows.isEmpty ? table.header : rows.joined()
    }
}

extension History {
    /// The history as it is kept: `{"epochs": [[number, logs], …], "params"}`.
    public var record: JSONValue {
        [
            "epochs": .array(epochs.map { [.integer(Int64($0.number)), .object($0.logs)] }),
            "params": .object(params),
        ]
    }

    /// Reads what `record` gives; nil for anything else.
    public init?(record: JSONValue) {
        guard let rows = record["epochs"]?.array, let params = record["params"]?.object else { return nil }
        let epochs = rows.compactMap { row -> Epoch? in
            guard let row = row.array, row.count == 2, let number = row[0].integer, let logs = row[1].object
            else { return nil }
            return Epoch(number: number, logs: logs)
        }
        guard epochs.count == rows.count else { return nil }
        self.init(epochs: epochs, params: params)
    }
}
