/// The body of `POST …/evaluate`: the arguments of Keras's `evaluate`.
public struct EvaluateRequest: Sendable {
    /// The inputs.
    public var x: ArrayReference
    /// The targets.
    public var y: ArrayReference?
    /// A weight for each sample or step.
    public var sampleWeight: ArrayReference?
    /// Samples at a time.
    public var batchSize: Int?
    /// Batches to take; all of them when nil.
    public var steps: Int?

    /// Reads a body; throws a problem that lists every fault.
    public init(reading json: JSONValue) throws(Problem) {
        let faults = Faults()
        let reader = RequestReader(json, faults: faults)
        let x = reader.requiredArray("x")
        y = reader.array("y")
        sampleWeight = reader.array("sample_weight")
        batchSize = reader.integer("batch_size", in: 1...Int(Int32.max))
        steps = reader.integer("steps", in: 1...Int(Int32.max))
        _ = reader.value("verbose")
        reader.finish()
        try faults.check()
        guard let x else {
            throw .fault(JSONPointer.root.appending("x"), "x is needed: the name of an array.")
        }
        self.x = x
    }

    /// Samples at a time, of so many.
    public func batchSize(samples: Int) -> Int {
        BatchSize.resolved(batchSize, steps: steps, samples: samples)
    }
}
