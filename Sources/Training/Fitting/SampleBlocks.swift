import Kernels
import Protocol

/// Samples that lie together, for data larger than memory: a pass takes the blocks in another order, and shuffles the
/// samples of one pool of blocks among themselves. So a disk is read in long runs, and a pool is what memory holds.
struct SampleBlocks {
    private let samples: Int
    private let samplesOfBlock: Int
    private let count: Int
    private let order: UnsafeMutablePointer<Int>

    private static let bytesOfBlock = 1 << 20
    private static let blocksOfPool = 64

    /// Blocks of about 1 MiB, of one sample at least.
    init(_ x: DataArray, arena: Arena) throws(Problem) {
        samples = x.samples
        samplesOfBlock = max(1, Self.bytesOfBlock / max(1, x.rowCount * x.dtype.size))
        count = (samples + samplesOfBlock - 1) / samplesOfBlock
        order = try arena.take(count)
    }

    /// Samples that are shuffled among themselves.
    var samplesOfPool: Int { samplesOfBlock * Self.blocksOfPool }

    /// Writes the samples of the blocks one after the other, the blocks in the order of a pass.
    func draw(seed: UInt64, pass: Int, to destination: UnsafeMutablePointer<Int>) {
        for index in 0..<count { order[index] = index }
        Philox(key: seed, stream: RandomStream.blocks(pass: pass)).shuffle(order, count: count)
        var place = 0
        for index in 0..<count {
            for sample in range(of: index) {
                destination[place] = sample
                place += 1
            }
        }
    }

    private func range(of index: Int) -> Range<Int> {
        let first = order[index] * samplesOfBlock
        return first..<min(first + samplesOfBlock, samples)
    }

    /// Where a batch begins a pool, has the one behind it read from the disk, and at first its own too.
    func prefetch(_ array: DataArray, start: Int, rows: Int) {
        let pool = start / samplesOfPool
        guard start == 0 || (start - rows) / samplesOfPool < pool else { return }
        let first = (start == 0 ? 0 : pool + 1) * Self.blocksOfPool
        let end = min((pool + 2) * Self.blocksOfPool, count)
        for index in min(first, end)..<end { array.willNeed(range(of: index)) }
    }
}
