import ArgumentParser
import Protocol

/// Keras's arguments of `model.fit`.
struct FitOptions: ParsableArguments {
    @Option(help: "The input: a dataset, or one of its arrays as DATASET/ARRAY.")
    var x: String

    @Option(help: "What the model is to say of it.")
    var y: String

    @Option(help: "The epoch at which to end; 1 unless given.")
    var epochs: Int?

    @Option(help: "Samples a batch; 32 unless given.")
    var batchSize: Int?

    @Option(help: "The share of the last samples that are held out.")
    var validationSplit: Double?

    @Option(help: "The input of validation, in place of a share.")
    var validationX: String?

    @Option(help: "What the model is to say of that.")
    var validationY: String?

    @Option(help: "Every how many epochs to validate.")
    var validationFreq: Int?

    @Option(help: "A weight for each sample.")
    var sampleWeight: String?

    @Option(help: "A weight for each class, as JSON: {\"0\": 1.0, \"1\": 2.5}.")
    var classWeight: NameOrJSON?

    @Option(
        name: .customLong("callback"),
        help: ArgumentHelp(
            "A callback, a name or JSON: {\"class_name\": \"EarlyStopping\", \"config\": {\"patience\": 3}}. "
                + "Give it once for each."))
    var callbacks: [NameOrJSON] = []

    @Option(help: "The epoch to begin at, from 0.")
    var initialEpoch: Int?

    @Option(help: "Batches an epoch.")
    var stepsPerEpoch: Int?

    @Option(
        help:
            "Shuffle less than all samples: batch, within each batch; block, as data larger than memory need it."
    )
    var shuffle: String?

    @Flag(help: "Take the samples in the same order each epoch.")
    var noShuffle = false

    @Option(help: "What shuffling and random layers are drawn from.")
    var seed: Int?

    func validate() throws {
        guard (validationX == nil) == (validationY == nil) else {
            throw ValidationError("--validation-x and --validation-y belong together.")
        }
        guard shuffle == nil || !noShuffle else {
            throw ValidationError("--shuffle and --no-shuffle do not go together.")
        }
    }

    /// The request.
    var json: JSONValue {
        func integer(_ value: Int?) -> JSONValue? { value.map { .integer(Int64($0)) } }
        var members: JSONObject = ["x": .string(x), "y": .string(y)]
        let given: [(String, JSONValue?)] = [
            ("epochs", integer(epochs)), ("batch_size", integer(batchSize)),
            ("validation_split", validationSplit.map { .number($0) }),
            ("validation_freq", integer(validationFreq)), ("sample_weight", sampleWeight.map { .string($0) }),
            ("class_weight", classWeight?.value), ("initial_epoch", integer(initialEpoch)),
            ("steps_per_epoch", integer(stepsPerEpoch)), ("seed", integer(seed)),
            ("shuffle", shuffle.map { .string($0) }),
        ]
        for (name, value) in given { if let value { members[name] = value } }
        if let validationX, let validationY {
            members["validation_data"] = ["x": .string(validationX), "y": .string(validationY)]
        }
        if !callbacks.isEmpty {
            members["callbacks"] = .array(
                callbacks.map { $0.value.object == nil ? ["class_name": $0.value] : $0.value })
        }
        if noShuffle { members["shuffle"] = false }
        return .object(members)
    }
}
