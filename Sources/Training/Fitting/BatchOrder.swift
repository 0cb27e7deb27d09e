import Kernels

/// Which samples each batch of an epoch takes (`EpochIterator` in keras/src/trainers/epoch_iterator.py).
///
/// Without `stepsPerEpoch` an epoch is one pass over all samples. With it, epochs go on where the one before
/// stopped, and an epoch in which the samples run out ends there.
struct BatchOrder {
    private let samples: Int
    private let batchSize: Int
    private let stepsPerEpoch: Int?
    private let seed: UInt64?
    private var order: [Int]
    /// Batches of the current pass that have been taken.
    private(set) var taken = 0
    /// Passes begun; what the order of the current one is drawn from.
    private(set) var pass = 0

    /// An order for `samples`, shuffled by `seed`, or as they lie when that is nil.
    init(samples: Int, batchSize: Int, stepsPerEpoch: Int?, seed: UInt64?) {
        self.samples = samples
        self.batchSize = batchSize
        self.stepsPerEpoch = stepsPerEpoch
        self.seed = seed
        order = seed == nil ? [] : Array(repeating: 0, count: samples)
    }

    /// Batches of one pass over all samples.
    var batchesInPass: Int { (samples + batchSize - 1) / batchSize }

    /// Batches that an epoch has at most.
    var steps: Int { stepsPerEpoch ?? batchesInPass }

    /// Goes to where an earlier run stood.
    mutating func restore(taken: Int, pass: Int) {
        self.taken = taken
        self.pass = pass
        if taken > 0 { draw() }
    }

    /// Begins an epoch: a new pass, unless one is under way.
    mutating func beginEpoch() {
        if stepsPerEpoch == nil || taken == 0 || taken >= batchesInPass { beginPass() }
    }

    private mutating func beginPass() {
        taken = 0
        pass += 1
        draw()
    }

    private mutating func draw() {
        guard let seed else { return }
        order.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            for index in 0..<samples { base[index] = index }
            Philox(key: seed, stream: RandomStream.order(pass: pass)).shuffle(base, count: samples)
        }
    }

    /// Whether the pass has another batch.
    var hasNext: Bool { taken < batchesInPass }

    /// The samples of the next batch: from `start`, or by `indices` when they are shuffled.
    mutating func next() -> (start: Int, rows: Int) {
        let start = taken * batchSize
        taken += 1
        return (start, min(batchSize, samples - start))
    }

    /// Reads a batch of an array.
    func read(_ array: DataArray, start: Int, rows: Int, to destination: UnsafeMutablePointer<Float>) {
        if seed == nil {
            array.read(from: start, rows: rows, to: destination)
        } else {
            order.withUnsafeBufferPointer { buffer in
                if let base = buffer.baseAddress { array.gather(base + start, rows: rows, to: destination) }
            }
        }
    }
}
