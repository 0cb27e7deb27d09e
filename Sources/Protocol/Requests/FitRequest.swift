/// The body of `POST …/fit`: the arguments of Keras's `fit`.
public struct FitRequest: Sendable {
    /// The inputs.
    public var x: ArrayReference
    /// The targets.
    public var y: ArrayReference?
    /// A weight for each sample or step.
    public var sampleWeight: ArrayReference?
    /// Samples for each update.
    public var batchSize: Int?
    /// The epoch after the last one.
    public var epochs: Int
    /// The first epoch, counted from 0.
    public var initialEpoch: Int
    /// In which order each epoch takes the samples.
    public var shuffle: Shuffle
    /// The share of the samples that is kept for validation.
    public var validationSplit: Double
    /// Data to validate on.
    public var validationData: ValidationData?
    /// Samples at a time in validation.
    public var validationBatchSize: Int?
    /// Batches of a validation.
    public var validationSteps: Int?
    /// In which epochs there is a validation.
    public var validationFrequency: Frequency
    /// Batches of an epoch.
    public var stepsPerEpoch: Int?
    /// Each class's weight.
    public var classWeight: [Int: Double]?
    /// Keras's callbacks, unread.
    public var callbacks: [JSONValue]
    /// What random numbers are drawn from.
    public var seed: UInt64

    /// Validation data by name.
    public struct ValidationData: Sendable {
        /// The inputs.
        public var x: ArrayReference
        /// The targets.
        public var y: ArrayReference
        /// The weights.
        public var sampleWeight: ArrayReference?
    }

    /// `validation_freq`: every so many epochs, or in listed ones, counted from 1.
    public enum Frequency: Sendable, Hashable {
        /// Each epoch whose number this divides.
        case every(Int)
        /// These epochs.
        case epochs(Set<Int>)
    }

    private static let mostEpochs = 1_000_000
    /// The largest number of samples or steps.
    private static let most = Int(Int32.max)

    /// Reads a body; throws a problem that lists every fault.
    public init(reading json: JSONValue) throws(Problem) {
        let faults = Faults()
        let reader = RequestReader(json, faults: faults)
        let x = reader.requiredArray("x")
        y = reader.array("y")
        sampleWeight = reader.array("sample_weight")
        batchSize = reader.integer("batch_size", in: 1...Self.most)
        epochs = reader.integer("epochs", in: 0...Self.mostEpochs) ?? 1
        initialEpoch = reader.integer("initial_epoch", in: 0...Self.mostEpochs) ?? 0
        shuffle = Self.shuffle(reader.value("shuffle"), faults: faults)
        validationSplit = reader.number("validation_split", in: 0..<1) ?? 0
        validationData = Self.validationData(reader.value("validation_data"), faults: faults)
        validationBatchSize = reader.integer("validation_batch_size", in: 1...Self.most)
        validationSteps = reader.integer("validation_steps", in: 1...Self.most)
        validationFrequency = Self.frequency(reader.value("validation_freq"), faults: faults)
        stepsPerEpoch = reader.integer("steps_per_epoch", in: 1...Self.most)
        classWeight = Self.classWeight(reader.value("class_weight"), faults: faults)
        callbacks = Self.callbacks(reader.value("callbacks"), faults: faults)
        seed = UInt64(reader.integer("seed", in: 0...Int.max) ?? 0)
        _ = reader.value("verbose")
        reader.finish()
        try faults.check()
        guard let x else {
            throw .fault(JSONPointer.root.appending("x"), "x is needed: the name of an array.")
        }
        self.x = x
    }

    private static func validationData(_ value: JSONValue?, faults: Faults) -> ValidationData? {
        guard var value else { return nil }
        let place = JSONPointer.root.appending("validation_data")
        if let list = value.array, (2...3).contains(list.count) {
            value = .object(JSONObject(uniqueKeysWithValues: zip(["x", "y", "sample_weight"], list)))
        }
        let reader = RequestReader(value, at: place, faults: faults)
        let x = reader.requiredArray("x")
        let y = reader.requiredArray("y")
        let weight = reader.array("sample_weight")
        reader.finish()
        guard let x, let y else { return nil }
        return ValidationData(x: x, y: y, sampleWeight: weight)
    }

    private static func shuffle(_ value: JSONValue?, faults: Faults) -> Shuffle {
        guard let value else { return .samples }
        if let shuffle = Shuffle(reading: value) { return shuffle }
        faults.add(
            JSONPointer.root.appending("shuffle"),
            "shuffle is true, false, \"batch\" or \"block\", not \(value.brief).")
        return .samples
    }

    private static func frequency(_ value: JSONValue?, faults: Faults) -> Frequency {
        guard let value else { return .every(1) }
        if let number = value.integer, number >= 1 { return .every(number) }
        let listed = value.array?.compactMap(\.integer) ?? []
        if let list = value.array, listed.count == list.count { return .epochs(Set(listed)) }
        faults.add(
            JSONPointer.root.appending("validation_freq"),
            "validation_freq is a whole number from 1 or a list of epochs, not \(value.brief).")
        return .every(1)
    }

    private static func classWeight(_ value: JSONValue?, faults: Faults) -> [Int: Double]? {
        guard let value else { return nil }
        let place = JSONPointer.root.appending("class_weight")
        guard let object = value.object else {
            faults.add(
                place, "class_weight is an object such as {\"0\": 1.0, \"1\": 2.5}, not \(value.brief).")
            return nil
        }
        var weights: [Int: Double] = [:]
        for (key, weight) in object {
            guard let label = Int(key), let number = weight.number, number.isFinite else {
                faults.add(place.appending(key), "A class weight is a finite number under a class's number.")
                continue
            }
            weights[label] = number
        }
        return weights
    }

    private static func callbacks(_ value: JSONValue?, faults: Faults) -> [JSONValue] {
        guard let value else { return [] }
        guard let list = value.array, list.count <= 100 else {
            faults.add(
                JSONPointer.root.appending("callbacks"), "callbacks is a list of at most 100 callbacks.")
            return []
        }
        return list
    }
}
