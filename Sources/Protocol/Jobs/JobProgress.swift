import OrderedCollections

/// Where a running fit, evaluation or prediction stands.
public struct JobProgress: Sendable, Hashable {
    /// The epoch under way, from 1.
    public var epoch: Int
    /// The last epoch's number.
    public var epochs: Int
    /// Batches of this epoch that are done.
    public var step: Int
    /// Batches of an epoch; nil when unknown.
    public var steps: Int?
    /// How much of the whole job is done, from 0 to 1.
    public var fraction: Double
    /// Seconds that the rest takes at the pace so far; nil before there is a pace.
    public var etaSeconds: Double?
    /// The running means of the loss and the metrics, in Keras's order.
    public var logs: OrderedDictionary<String, Double>

    /// A position.
    public init(
        epoch: Int, epochs: Int, step: Int, steps: Int?, fraction: Double, etaSeconds: Double? = nil,
        logs: OrderedDictionary<String, Double> = [:]
    ) {
        self.epoch = epoch
        self.epochs = epochs
        self.step = step
        self.steps = steps
        self.fraction = fraction
        self.etaSeconds = etaSeconds
        self.logs = logs
    }

    /// As the contract has it.
    public var json: JSONValue {
        [
            "epoch": .integer(Int64(epoch)), "epochs": .integer(Int64(epochs)),
            "step": .integer(Int64(step)), "steps": steps.map { .integer(Int64($0)) } ?? .null,
            "fraction": .number(fraction), "eta_seconds": etaSeconds.map(JSONValue.number) ?? .null,
            "logs": .object(logs.mapValues(JSONValue.number)),
        ]
    }

    /// Reads what `json` writes; nil for anything else.
    public init?(json: JSONValue) {
        guard let epoch = json["epoch"]?.integer, let epochs = json["epochs"]?.integer,
            let step = json["step"]?.integer, let fraction = json["fraction"]?.number,
            let logs = json["logs"]?.object
        else { return nil }
        self.init(
            epoch: epoch, epochs: epochs, step: step, steps: json["steps"]?.integer, fraction: fraction,
            etaSeconds: json["eta_seconds"]?.number, logs: logs.compactMapValues(\.number))
    }
}
