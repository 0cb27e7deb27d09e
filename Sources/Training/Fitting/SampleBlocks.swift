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

    /// Has the blocks of so many places of a pass read from the disk.
    func prefetch(_ array: DataArray, places: Range<Int>) {
        // Behind the short block, which may stand anywhere, places are those of a block more.
        let end = min(places.upperBound / samplesOfBlock + 1, count)
        for index in places.lowerBound / samplesOfBlock..<end { array.willNeed(range(of: index)) }
    }
}
