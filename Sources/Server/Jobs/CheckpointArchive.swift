import OrderedCollections
import Protocol
import Training

extension FitCheckpoint {
    /// The checkpoint without its History. The job's events tell that; a share in it would have the next epoch copy it.
    var withoutHistory: FitCheckpoint {
        var checkpoint = self
        checkpoint.history = FitHistory()
        return checkpoint
    }

    /// The checkpoint as a file: the model's state, where the fit stands, and what callbacks remember. Its size does
    /// not grow with the epochs, so that many short ones can be saved, and the History stays in the events.
    func archived() throws -> [UInt8] {
        var archive = StateArchive(state)
        archive.add(
            "position",
            [
                "next_epoch": .integer(Int64(nextEpoch)), "batches_taken": .integer(Int64(batchesTaken)),
                "passes_begun": .integer(Int64(passesBegun)), "stops_training": .bool(stopsTraining),
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

    /// Reads what `archived` writes; the History is empty.
    init(archive bytes: UnsafeRawBufferPointer) throws {
        let reader = try StateReader(bytes)
        let position = reader["position"]
        guard let nextEpoch = position?["next_epoch"]?.integer,
            let batchesTaken = position?["batches_taken"]?.integer,
            let passesBegun = position?["passes_begun"]?.integer,
            let stopsTraining = position?["stops_training"]?.bool
        else { throw Problem(.internalError, "The checkpoint does not say where the fit stands.") }
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
            passesBegun: passesBegun, history: FitHistory(), callbacks: callbacks,
            stopsTraining: stopsTraining,
            partialEpoch: partialEpoch)
    }
}
