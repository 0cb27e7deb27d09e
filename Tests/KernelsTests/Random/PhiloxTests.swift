import Foundation
import Kernels
import Testing

@Suite struct PhiloxTests {
    private let random = Philox(key: 0x1234_5678_9ABC_DEF0, stream: 7)

    /// `kat_vectors` of Random123, the authors' own library.
    @Test func knownAnswers() {
        #expect(
            Philox.block(key: 0, counter: (0, 0)) == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
        )
        #expect(
            Philox.block(key: .max, counter: (.max, .max))
                == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
        #expect(
            Philox.block(
                key: 0x299f_31d0_a409_3822, counter: (0x85a3_08d3_243f_6a88, 0x0370_7344_1319_8a2e))
                == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
    }

    /// Element i of a span is word `i / 8 % 4` of block `8 · (i / 32) + i % 8`.
    @Test func spansAreMadeOfBlocks() {
        let x = [Float](count: 100) { random.uniform($0, count: 100) }
        for index in 0..<100 {
            let block = Philox.block(
                key: random.key, counter: (UInt64(index / 32 * 8 + index % 8), random.stream))
            #expect(x[index] == Float(block[index / 8 % 4] >> 8) * 0x1p-24)
        }
    }

    @Test(arguments: [0, 1, 8, 31, 32, 33, 77]) func anySpanMayBeDrawnAlone(offset: Int) {
        typealias Draw = (UnsafeMutablePointer<Float>, UInt64, Int) -> Void
        let ones = [Float](repeating: 1, count: 200)
        let draws: [Draw] = [
            { random.uniform($0, offset: $1, count: $2) },
            { random.normal($0, offset: $1, count: $2) },
            { random.truncatedNormal($0, offset: $1, count: $2) },
            { random.bernoulli($0, probability: 0.3, offset: $1, count: $2) },
            { random.dropout(ones, to: $0, rate: 0.3, offset: $1, count: $2) },
        ]
        for draw in draws {
            let whole = [Float](count: 200) { draw($0, 0, 200) }
            for count in [0, 1, 5, 32, 64, 100] {
                let part = [Float](count: count) { draw($0, UInt64(offset), count) }
                #expect(part[...] == whole[offset..<(offset + count)])
            }
        }
    }

    @Test func farOffsetsGoOn() {
        let offset: UInt64 = (1 << 37) - 20
        let whole = [Float](count: 64) { random.uniform($0, offset: offset, count: 64) }
        let rest = [Float](count: 44) { random.uniform($0, offset: 1 << 37, count: 44) }
        #expect(Array(whole[20...]) == rest)
        #expect(Set(whole).count == 64)
    }

    /// Moments within five standard errors.
    private func moments(_ x: [Float]) -> (mean: Double, variance: Double, fourth: Double) {
        let mean = x.reduce(0) { $0 + Double($1) } / Double(x.count)
        func power(_ n: Double) -> Double {
            x.reduce(0) { $0 + Foundation.pow(abs(Double($1) - mean), n) } / Double(x.count)
        }
        return (mean, power(2), power(4))
    }

    @Test func uniformMoments() {
        let count = 1_000_000
        let x = [Float](count: count) { random.uniform($0, count: count) }
        let m = moments(x)
        #expect(abs(m.mean - 0.5) < 5 * (1.0 / 12 / Double(count)).squareRoot())
        #expect(abs(m.variance - 1.0 / 12) < 5 * (1.0 / 180 / Double(count)).squareRoot())
        #expect(x.allSatisfy { $0 >= 0 && $0 < 1 })
        let scaled = [Float](count: 1000) { random.uniform($0, count: 1000, lower: -0.05, upper: 0.05) }
        #expect(scaled.allSatisfy { $0 >= -0.05 && $0 < 0.05 } && scaled.contains { $0 < -0.04 })
    }

    @Test func normalMoments() {
        let count = 1_000_000
        let x = [Float](count: count) { random.normal($0, count: count, mean: 3, standardDeviation: 2) }
        let m = moments(x)
        #expect(abs(m.mean - 3) < 5 * 2 / Double(count).squareRoot())
        #expect(abs(m.variance - 4) < 5 * 4 * (2 / Double(count)).squareRoot())
        #expect(abs(m.fourth - 48) < 5 * 16 * (96 / Double(count)).squareRoot())
        // How many lie within one, two and three deviations.
        for (deviations, share) in [(1.0, 0.682_689), (2, 0.954_500), (3, 0.997_300)] {
            let within = Double(x.count { abs(Double($0) - 3) < 2 * deviations }) / Double(count)
            let deviation = (share * (1 - share) / Double(count)).squareRoot()
            #expect(abs(within - share) < 5 * deviation)
        }
        // Neighbours of one pair of words are independent.
        var products = 0.0
        for index in 0..<(count - 8) { products += Double(x[index] - 3) * Double(x[index + 8] - 3) }
        #expect(abs(products / Double(count - 8)) < 5 * 4 / Double(count).squareRoot())
    }

    /// The moments of a normal distribution cut at ±2: its variance is 0.87962566².
    @Test func truncatedNormalMoments() {
        let count = 1_000_000
        let x = [Float](count: count) {
            random.truncatedNormal($0, count: count, mean: 1, standardDeviation: 0.5)
        }
        let m = moments(x)
        #expect(x.allSatisfy { abs($0 - 1) <= 1 })
        #expect(abs(m.mean - 1) < 5 * 0.44 / Double(count).squareRoot())
        #expect(abs(m.variance.squareRoot() - 0.5 * 0.879_625_66) < 2e-3)
        let within = Double(x.count { abs($0 - 1) < 0.5 }) / Double(count)
        #expect(abs(within - 0.682_689 / 0.954_500) < 5 * 0.46 / Double(count).squareRoot())
    }

    @Test func dropoutKeepsTheExpectation() {
        let count = 1_000_000
        let ones = [Float](repeating: 1, count: count)
        let y = [Float](count: count) { random.dropout(ones, to: $0, rate: 0.25, count: count) }
        let kept = y.count { $0 != 0 }
        #expect(y.allSatisfy { $0 == 0 || $0 == 1 / (1 - 0.25) })
        #expect(abs(Double(kept) / Double(count) - 0.75) < 5 * (0.1875 / Double(count)).squareRoot())
        #expect([Float](count: 9) { random.dropout(ones, to: $0, rate: 0, count: 9) } == [Float](ones[..<9]))
        #expect(
            [Float](count: 9) { random.dropout(ones, to: $0, rate: 1, count: 9) }
                == [Float](repeating: 0, count: 9))
    }

    @Test func shufflesArePermutationsAndAllAlike() {
        var counts = [[Int]: Int]()
        for stream in 0..<6000 {
            var order = [0, 1, 2]
            Philox(key: 5, stream: UInt64(stream)).shuffle(&order, count: 3)
            counts[order, default: 0] += 1
        }
        // Six orders, 1000 each: χ² with five degrees of freedom is below 20.5 in 999 of 1000 cases.
        let chi = counts.values.reduce(0.0) { $0 + Foundation.pow(Double($1) - 1000, 2) / 1000 }
        #expect(counts.count == 6 && chi < 20.5)
        var long = Array(0..<1000)
        random.shuffle(&long, count: 1000)
        #expect(long.sorted() == Array(0..<1000) && long != Array(0..<1000))
    }

    @Test(arguments: [(1, 0), (2, 0), (9, 0), (100, 0), (100, 5), (17, 1 << 40)])
    func shufflesAsFisherAndYates(count: Int, first: UInt64) {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, Int(random.integer(below: UInt64(last + 1), at: first + UInt64(last))))
        }
        var shuffled = Array(0..<count)
        random.shuffle(&shuffled, count: count, first: first)
        #expect(shuffled == order)
    }

    @Test func integersFillTheirRange() {
        let draws = (0..<10_000).map { random.integer(below: 10, at: $0) }
        #expect(Set(draws) == Set(0..<10))
        #expect(random.integer(below: 0, at: 3) == 0)
    }
}
