import Protocol

/// Arrays to train or evaluate on: as many samples in each.
public struct TrainingData: Sendable {
    /// The inputs.
    public var x: DataArray
    /// The targets; nil to predict.
    public var y: DataArray?
    /// A weight for each sample, or for each of its steps; nil when all are 1.
    public var sampleWeight: DataArray?

    /// Inputs with targets and weights.
    public init(x: DataArray, y: DataArray?, sampleWeight: DataArray? = nil) {
        self.x = x
        self.y = y
        self.sampleWeight = sampleWeight
    }

    func slice(_ range: Range<Int>) -> TrainingData {
        TrainingData(x: x.slice(range), y: y?.slice(range), sampleWeight: sampleWeight?.slice(range))
    }
}

/// The arguments of Keras's `fit`, beside the data.
public struct FitOptions: Sendable {
    /// Samples for each update.
    public var batchSize = 32
    /// The epoch after the last one, counted from 0.
    public var epochs = 1
    /// The first epoch, counted from 0.
    public var initialEpoch = 0
    /// In which order each epoch takes the samples.
    public var shuffle = Shuffle.samples
    /// The share of the samples, taken from the end, that is kept for validation.
    public var validationSplit = 0.0
    /// Data to validate on; goes before `validationSplit`.
    public var validationData: TrainingData?
    /// Samples at a time in validation; the batch size when nil.
    public var validationBatchSize: Int?
    /// Batches of a validation; all of them when nil.
    public var validationSteps: Int?
    /// In which epochs there is a validation.
    public var validationFrequency = ValidationFrequency.every(1)
    /// Batches of an epoch; all of them when nil.
    public var stepsPerEpoch: Int?
    /// The weight of each class's samples; classes without one weigh 1.
    public var classWeight: [Int: Double]?
    /// What all random numbers of the fit are drawn from.
    public var seed: UInt64 = 0
    /// Keras's callbacks, by name or as objects, as JSON values.
    public var callbacks: [JSONValue] = []
    /// The URLs to which `RemoteMonitor` may send figures; nil when whoever sends them judges.
    public var remoteMonitors: [String]?

    /// Keras's defaults.
    public init() {}

    /// The samples that `validationSplit` leaves to train on.
    func trainingSamples(of samples: Int) -> Int {
        Int((Double(samples) * (1 - validationSplit)).rounded(.down))
    }
}

/// In which epochs a fit validates (`validation_freq`).
public enum ValidationFrequency: Sendable, Hashable {
    /// In each epoch whose number, counted from 1, this divides.
    case every(Int)
    /// In these epochs, counted from 1.
    case epochs(Set<Int>)

    /// Whether there is a validation after an epoch, counted from 0.
    func includes(_ epoch: Int) -> Bool {
        switch self {
        case .every(let frequency): (epoch + 1) % max(1, frequency) == 0
        case .epochs(let epochs): epochs.contains(epoch + 1)
        }
    }
}

extension FitOptions {
    /// Whether every epoch that is run is one with a validation.
    var validatesAlways: Bool {
        (initialEpoch..<max(initialEpoch, epochs)).allSatisfy(validationFrequency.includes)
    }

    /// The options of a request on so many samples; `find` gives the arrays of its validation data.
    public init(
        _ request: FitRequest, samples: Int,
        validation find: (FitRequest.ValidationData) throws -> TrainingData
    ) rethrows {
        self.init()
        epochs = request.epochs
        initialEpoch = request.initialEpoch
        shuffle = request.shuffle
        validationSplit = request.validationSplit
        validationData = try request.validationData.map(find)
        validationSteps = request.validationSteps
        validationFrequency =
            switch request.validationFrequency {
            case .every(let number): .every(number)
            case .epochs(let epochs): .epochs(epochs)
            }
        stepsPerEpoch = request.stepsPerEpoch
        classWeight = request.classWeight
        seed = request.seed
        callbacks = request.callbacks
        let kept = validationData == nil ? trainingSamples(of: samples) : samples
        batchSize = BatchSize.resolved(request.batchSize, steps: stepsPerEpoch, samples: kept)
        validationBatchSize = BatchSize.resolved(
            request.validationBatchSize ?? request.batchSize, steps: validationSteps,
            samples: validationData?.x.samples ?? samples - kept)
    }
}
