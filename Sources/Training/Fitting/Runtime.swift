import Protocol

/// What the machine gives a fit.
public struct Runtime: Sendable {
    /// Threads that share the work of a step.
    public var threads: Int
    /// Bytes that variables, activations and gradients may take together.
    public var memoryLimit: Int
    /// Bytes of memory that the machine has: data that are larger are read from the disk in each epoch.
    public var memory: Int
    /// Seconds without a checkpoint after which one is due in the midst of an epoch; nil for none there.
    public var checkpointSeconds: Double?

    /// A share of the machine.
    public init(
        threads: Int = 1, memoryLimit: Int = 1 << 36, memory: Int = .max, checkpointSeconds: Double? = nil
    ) {
        self.threads = threads
        self.memoryLimit = memoryLimit
        self.memory = memory
        self.checkpointSeconds = checkpointSeconds
    }
}

/// Checks of arguments and data that fit, evaluate and predict share.
enum DataCheck {
    /// The inputs with a last axis of size 1 added or taken away where the model has it otherwise
    /// (`_adjust_input_rank` in keras/src/models/functional.py).
    static func fitted(_ x: DataArray, to model: Sequential) -> DataArray {
        guard let wanted = model.inputShape?.batch(nil) else { return x }
        if x.shape.count == wanted.rank + 1, x.shape.last == 1 { return x.reshaped(x.shape.dropLast()) }
        if x.shape.count == wanted.rank - 1, wanted[-1] == 1 { return x.reshaped(x.shape + [1]) }
        return x
    }

    static func inputs(_ x: DataArray, for model: Sequential, batchSize: Int) throws(Problem) {
        let place = JSONPointer.root.appending("x")
        guard x.shape.count >= 1, x.samples > 0 else {
            throw .fault(place, "x has shape \(Shape(x.shape)); it needs at least one sample.")
        }
        guard let wanted = model.inputShape else { return }
        guard wanted.batch(nil).accepts(Shape(x.shape)) else {
            throw .fault(
                place, "x has shape \(Shape(x.shape)), but the model takes \(wanted.batch(nil)).")
        }
        guard let fixed = wanted[0] else { return }
        guard batchSize == fixed else {
            throw .fault(
                JSONPointer.root.appending("batch_size"),
                "The model is made for batches of \(fixed) samples, not \(batchSize).")
        }
        guard x.samples % fixed == 0 else {
            throw .fault(
                place,
                "The model is made for batches of \(fixed) samples; \(x.samples) samples do not make whole batches."
            )
        }
    }

    static func rows(_ data: TrainingData, at place: JSONPointer = .root) throws(Problem) {
        for (name, array) in [("y", data.y), ("sample_weight", data.sampleWeight)] {
            guard let array else { continue }
            guard !array.shape.isEmpty, array.samples == data.x.samples else {
                throw .fault(
                    place.appending(name),
                    "\(name) has \(array.samples) samples and x has \(data.x.samples); they belong together one by one."
                )
            }
        }
    }
}
