import Kernels
import Protocol

/// Which samples each batch of an epoch takes (`EpochIterator` in keras/src/trainers/epoch_iterator.py).
///
/// Without `stepsPerEpoch` an epoch is one pass over all samples. With it, epochs go on where the one before
/// stopped, and an epoch in which the samples run out ends there.
package struct BatchOrder {
    private let samples: Int
    private let batchSize: Int
    private let stepsPerEpoch: Int?
    private let shuffle: Shuffle
    private let seed: UInt64
    /// The samples as they are taken; nil as they lie.
    private let order: UnsafeMutablePointer<Int>?
    private let blocks: SampleBlocks?
    /// What is read from the disk ahead of its batch, from anywhere.
    private let readAhead: [DataArray]
    /// Keeps the memory of both.
    private let arena: Arena
    /// Batches of the current pass that have been taken.
    package private(set) var taken = 0
    /// Places of the order that the disk has been asked for.
    private var asked = 0
    /// Passes begun; what the order of the current one is drawn from.
    package private(set) var pass = 0

    /// The order in which a fit takes the samples of `x`, and those of `y` with them; its memory comes from `arena`.
    /// Where they are larger than memory, `isLarge` says so.
    package init(
        _ x: DataArray, y: DataArray? = nil, _ options: FitOptions, isLarge: Bool = false, arena: Arena
    ) throws(Problem) {
        samples = x.samples
        batchSize = options.batchSize
        stepsPerEpoch = options.stepsPerEpoch
        shuffle = options.shuffle
        seed = options.seed
        self.arena = arena
        order = shuffle == .none ? nil : try arena.take(samples)
        blocks = shuffle == .block ? try SampleBlocks(x, arena: arena) : nil
        if shuffle == .block || shuffle == .samples && isLarge {
            // Of labels beside images, memory holds all in any case.
            readAhead = [x, y].compactMap(\.self).filter { $0.size >= x.size / 8 }
        } else {
            readAhead = []
        }
        // What lies around a sample is not what comes next: it would take the place of what does.
        for array in readAhead { array.isReadAtRandom() }
    }

    /// Batches of one pass over all samples.
    var batchesInPass: Int { (samples + batchSize - 1) / batchSize }

    /// Batches that an epoch has at most.
    var steps: Int { stepsPerEpoch ?? batchesInPass }

    /// Goes to where an earlier run stood.
    package mutating func restore(taken: Int, pass: Int) {
        self.taken = taken
        self.pass = pass
        if taken > 0 { draw() }
    }

    /// Begins an epoch: a new pass, unless one is under way.
    package mutating func beginEpoch() {
        if stepsPerEpoch == nil || taken == 0 || taken >= batchesInPass { beginPass() }
    }

    private mutating func beginPass() {
        taken = 0
        pass += 1
        draw()
    }

    private mutating func draw() {
        guard let order else { return }
        let pool = blocks?.samplesOfPool ?? 1
        asked = taken * batchSize / pool * pool
        if let blocks {
            blocks.draw(seed: seed, pass: pass, to: order)
        } else {
            for index in 0..<samples { order[index] = index }
        }
        let random = Philox(key: seed, stream: RandomStream.order(pass: pass))
        let together =
            switch shuffle {
            case .batch: batchSize
            case .block: blocks?.samplesOfPool ?? samples
            case .samples, .none: samples
            }
        for first in stride(from: 0, to: samples, by: together) {
            random.shuffle(order + first, count: min(together, samples - first), first: UInt64(first))
        }
    }

    /// Whether the pass has another batch.
    package var hasNext: Bool { taken < batchesInPass }

    /// The samples of the next batch: from `start`, or by `indices` when they are shuffled.
    package mutating func next() -> (start: Int, rows: Int) {
        let start = taken * batchSize
        taken += 1
        return (start, min(batchSize, samples - start))
    }

    /// Reads a batch of an array.
    package func read(_ array: DataArray, start: Int, rows: Int, to destination: UnsafeMutablePointer<Float>)
    {
        if let order {
            array.gather(order + start, rows: rows, to: destination)
        } else {
            array.read(from: start, rows: rows, to: destination)
        }
    }

    /// Has what the next batch, or the next blocks, take read from the disk meanwhile.
    package mutating func prefetch(start: Int) {
        guard let order, !readAhead.isEmpty else { return }
        let pool = blocks?.samplesOfPool ?? batchSize
        let end = min((start / pool + 2) * pool, samples)
        guard asked < end else { return }
        for array in readAhead {
            if let blocks {
                blocks.prefetch(array, places: asked..<end)
            } else {
                for place in asked..<end { array.willNeed(order[place]..<order[place] + 1) }
            }
        }
        asked = end
    }
}
