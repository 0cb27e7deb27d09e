import OrderedCollections
import Protocol
import Training

extension FitCheckpoint {
    /// The checkpoint as a file: the model's state, where the fit stands, its History, and what callbacks remember.
    func archived() throws -> [UInt8] {
        var archive = StateArchive(state)
        archive.add(
            "position",
            [
                "next_epoch": .integer(Int64(nextEpoch)), "batches_taken": .integer(Int64(batchesTaken)),
                "passes_begun": .integer(Int64(passesBegun)), "stops_training": .bool(stopsTraining),
            ])
        archive.add(
            "history",
            [
                "epochs": .array(history.epochs.map { .integer(Int64($0)) }),
                "values": .object(history.values.mapValues { .array($0.map(\.json)) }),
            ])
        archive.add("callbacks", .array(callbacks.map { .object($0.values) }))
        for (index, callback) in callbacks.enumerated() {
            archive.add(
                "callback_weights/\(index)",
                callback.weights.map { Variable(path: "", shape: [$0.count], values: $0) })
        }
        if let partialEpoch {
            archive.add(
                "partial_epoch",
                [
                    "step": .integer(Int64(partialEpoch.step)), "seconds": .number(partialEpoch.seconds),
                    "notes": .array(partialEpoch.notes.map { .string($0) }),
                ])
            archive.add("figures", partialEpoch.figures)
        }
        return try archive.encoded()
    }

    /// Reads what `archived` writes.
    init(archive bytes: UnsafeRawBufferPointer) throws {
        let reader = try StateReader(bytes)
        let position = reader["position"]
        guard let nextEpoch = position?["next_epoch"]?.integer,
            let batchesTaken = position?["batches_taken"]?.integer,
            let passesBegun = position?["passes_begun"]?.integer,
            let stopsTraining = position?["stops_training"]?.bool
        else { throw Problem(.internalError, "The checkpoint does not say where the fit stands.") }
        var history = FitHistory()
        history.epochs = (reader["history"]?["epochs"]?.array ?? []).compactMap(\.integer)
        history.values = (reader["history"]?["values"]?.object ?? [:]).mapValues { values in
            (values.array ?? []).map(MetricValue.init)
        }
        let partialEpoch = try reader["partial_epoch"].map { partial in
            PartialEpoch(
                step: partial["step"]?.integer ?? 0, seconds: partial["seconds"]?.number ?? 0,
                figures: try reader.lists("figures"),
                notes: (partial["notes"]?.array ?? []).compactMap(\.string))
        }
        let callbacks = try (reader["callbacks"]?.array ?? []).enumerated().map { index, values in
            var memory = CallbackMemory()
            memory.values = values.object ?? [:]
            memory.weights = try reader.variables("callback_weights/\(index)").map(\.values)
            return memory
        }
        self.init(
            state: try reader.state(), nextEpoch: nextEpoch, batchesTaken: batchesTaken,
            passesBegun: passesBegun, history: history, callbacks: callbacks, stopsTraining: stopsTraining,
            partialEpoch: partialEpoch)
    }
}

extension MetricValue {
    /// Reads what `json` writes.
    fileprivate init(_ json: JSONValue) {
        if let list = json.array {
            self = .list(list.map { $0.number ?? .nan })
        } else {
            self = .number(json.number ?? .nan)
        }
    }
}
