import Foundation
import Protocol
import Testing
import Training

/// In which order an epoch takes the samples. What each must keep together is Keras's (`ArrayDataAdapter`), but for
/// blocks, which Keras has not.
@Suite struct BatchOrderTests {
    /// The samples of each batch of a number of epochs; a sample of `x` has so many bytes, which nobody reads.
    static func epochs(
        _ count: Int, samples: Int, bytes: Int = 4, batchSize: Int, _ shuffle: Shuffle, seed: UInt64 = 3,
        isLarge: Bool = false
    ) throws -> [[[Int]]] {
        var options = FitOptions()
        options.shuffle = shuffle
        options.batchSize = batchSize
        options.seed = seed
        let space = try #require(AddressSpace(samples * bytes))
        let x = DataArray(shape: [samples, bytes], dtype: .uint8, base: space.base, owner: space)
        let numbers = DataArray(shape: [samples, 1], values: (0..<samples).map(Float.init))
        var order = try BatchOrder(x, y: x, options, isLarge: isLarge, arena: Arena(limit: 1 << 24))
        return (0..<count).map { _ in
            order.beginEpoch()
            var batches: [[Int]] = []
            while order.hasNext {
                let (start, rows) = order.next()
                order.prefetch(start: start)
                var batch = [Float](repeating: -1, count: rows)
                order.read(numbers, start: start, rows: rows, to: &batch)
                batches.append(batch.map { Int($0) })
            }
            return batches
        }
    }

    /// Address space without any memory behind it.
    final class AddressSpace: Sendable {
        nonisolated(unsafe) let base: UnsafeRawPointer  // nobody writes it
        private let size: Int
        init?(_ size: Int) {
            let space = mmap(nil, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
            guard let space, space != MAP_FAILED else { return nil }
            (base, self.size) = (UnsafeRawPointer(space), size)
        }
        deinit { munmap(UnsafeMutableRawPointer(mutating: base), size) }
    }

    @Test(arguments: [Shuffle.none, .samples, .batch, .block]) func eachSampleOnceAnEpoch(_ shuffle: Shuffle)
        throws
    {
        for epoch in try Self.epochs(3, samples: 103, batchSize: 10, shuffle) {
            #expect(epoch.map(\.count) == Array(repeating: 10, count: 10) + [3])
            #expect(epoch.flatMap(\.self).sorted() == Array(0..<103))
        }
    }

    @Test(arguments: [Shuffle.none, .samples, .batch, .block]) func largeDataTakeTheSameOrder(
        _ shuffle: Shuffle
    ) throws {
        let small = try Self.epochs(2, samples: 103, batchSize: 10, shuffle)
        #expect(try Self.epochs(2, samples: 103, batchSize: 10, shuffle, isLarge: true) == small)
    }

    @Test(arguments: [Shuffle.samples, .batch, .block]) func anotherOrderEachEpochAndTheSameOfASeed(
        _ shuffle: Shuffle
    ) throws {
        let epochs = try Self.epochs(2, samples: 103, batchSize: 10, shuffle)
        #expect(epochs[0] != epochs[1])
        #expect(try Self.epochs(2, samples: 103, batchSize: 10, shuffle) == epochs)
        #expect(try Self.epochs(2, samples: 103, batchSize: 10, shuffle, seed: 4) != epochs)
    }

    @Test func batchesAsTheyLieWithTheirSamplesShuffled() throws {
        let epoch = try Self.epochs(1, samples: 103, batchSize: 10, .batch)[0]
        let asTheyLie = try Self.epochs(1, samples: 103, batchSize: 10, .none)[0]
        #expect(epoch.map { $0.sorted() } == asTheyLie)
        #expect(epoch != asTheyLie)
        // The batches do not all have one order.
        #expect(
            Set(epoch.dropLast().enumerated().map { index, batch in batch.map { $0 - index * 10 } }).count > 1
        )
    }

    /// 256 KiB a sample are four in a block, and 256 in a pool.
    @Test func aPoolHoldsWholeBlocks() throws {
        let samples = 1003
        let epochs = try Self.epochs(2, samples: samples, bytes: 1 << 18, batchSize: 7, .block)
        for epoch in epochs {
            let order = epoch.flatMap(\.self)
            #expect(order.sorted() == Array(0..<samples))
            for start in stride(from: 0, to: samples, by: 256) {
                let pool = order[start..<min(start + 256, samples)]
                // 64 blocks, and where the short one lies before it, parts of two.
                #expect(Set(pool.map { $0 / 4 }).count <= 65)
                // They come from all of the data, and not in a row.
                if pool.count == 256 { #expect((pool.max() ?? 0) - (pool.min() ?? 0) > samples / 2) }
                #expect(zip(pool, pool.dropFirst()).count { $1 == $0 + 1 } < 20)
            }
        }
        #expect(Set(epochs[0].flatMap(\.self).prefix(256)) != Set(epochs[1].flatMap(\.self).prefix(256)))
    }

    @Test(arguments: [Shuffle.batch, .block]) func goesOnWhereItWas(_ shuffle: Shuffle) throws {
        var options = FitOptions()
        options.shuffle = shuffle
        options.batchSize = 4
        let x = DataArray(shape: [30, 1], values: (0..<30).map(Float.init))
        func batch(_ order: inout BatchOrder) -> [Float] {
            let (start, rows) = order.next()
            var batch = [Float](repeating: -1, count: rows)
            order.read(x, start: start, rows: rows, to: &batch)
            return batch
        }
        let arena = try Arena(limit: 1 << 20)
        var order = try BatchOrder(x, options, arena: arena)
        order.beginEpoch()
        order.beginEpoch()
        _ = batch(&order)
        var resumed = try BatchOrder(x, options, arena: arena)
        resumed.restore(taken: order.taken, pass: order.pass)
        while order.hasNext { #expect(batch(&order) == batch(&resumed)) }
        #expect(!resumed.hasNext)
    }
}
