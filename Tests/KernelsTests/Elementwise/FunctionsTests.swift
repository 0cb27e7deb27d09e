import Foundation
import Kernels
import Testing

@Suite struct FunctionsTests {
    typealias Kernel = (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void

    /// Bit patterns spread over all floats, then a dense sweep over where the function lives.
    private func worst(
        _ kernel: Kernel, _ truth: (Double) -> Double, in range: ClosedRange<Float>
    ) -> (distance: Double, at: Float) {
        var numbers = Numbers()
        var x = (0..<60_000).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: numbers.next())) }
        x += numbers.floats(100_000, in: range)
        x += [0, -0.0, 1, -1, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, .leastNormalMagnitude]
        x += [88.72283, 88.72284, -87.33655, -103.97, -104, 1e-10, -1e-10, .greatestFiniteMagnitude]
        let y = [Float](count: x.count) { kernel(x, $0, x.count) }
        var worst = (distance: 0.0, at: Float(0))
        for (x, y) in zip(x, y) {
            let d = distance(y, truth(Double(x)))
            if d > worst.distance { worst = (d, x) }
        }
        return worst
    }

    @Test func exponentialIsWithinTwoPlaces() {
        let worst = worst({ Kernels.exp($0, to: $1, count: $2) }, Foundation.exp, in: -105...89)
        #expect(worst.distance <= 2, "at \(worst.at)")
    }

    @Test func exponentialMinusOneIsWithinTwoPlaces() {
        let worst = worst({ Kernels.expm1($0, to: $1, count: $2) }, Foundation.expm1, in: -20...20)
        #expect(worst.distance <= 2, "at \(worst.at)")
    }

    @Test func logarithmIsWithinTwoPlaces() {
        let worst = worst({ Kernels.log($0, to: $1, count: $2) }, Foundation.log, in: 0...4)
        #expect(worst.distance <= 2, "at \(worst.at)")
    }

    @Test func logarithmOfOnePlusIsWithinTwoPlaces() {
        let worst = worst({ Kernels.log1p($0, to: $1, count: $2) }, Foundation.log1p, in: -1...2)
        #expect(worst.distance <= 2, "at \(worst.at)")
    }

    @Test func tanhIsWithinThreePlaces() {
        let worst = worst({ Kernels.tanh($0, to: $1, count: $2) }, Foundation.tanh, in: -10...10)
        #expect(worst.distance <= 3, "at \(worst.at)")
    }

    /// As in training, where results under the smallest normal number are zero.
    @Test func sigmoidIsWithinThreePlaces() {
        let truth: (Double) -> Double = {
            let value = 1 / (1 + Foundation.exp(-$0))
            return value < Double(Float.leastNormalMagnitude) ? 0 : value
        }
        let worst = worst(
            { x, y, count in Subnormals.flushed { Kernels.sigmoid(x, to: y, count: count) } }, truth,
            in: -104...20)
        #expect(worst.distance <= 3, "at \(worst.at)")
    }

    @Test func softplusIsWithinThreePlaces() {
        let truth: (Double) -> Double = { max($0, 0) + Foundation.log1p(Foundation.exp(-abs($0))) + $0 * 0 }
        let finite: (Double) -> Double = { $0.isInfinite ? max($0, 0) : truth($0) }
        let worst = worst({ Kernels.softplus($0, to: $1, count: $2) }, finite, in: -104...20)
        #expect(worst.distance <= 3, "at \(worst.at)")
    }

    @Test func errorFunctionIsWithinTwoPlaces() {
        let worst = worst({ Kernels.erf($0, to: $1, count: $2) }, Foundation.erf, in: -4...4)
        #expect(worst.distance <= 2, "at \(worst.at)")
    }

    @Test func squareRootIsCorrectlyRounded() {
        let worst = worst(
            { Kernels.sqrt($0, to: $1, count: $2) }, { Double(Float($0).squareRoot()) }, in: 0...4)
        #expect(worst.distance == 0, "at \(worst.at)")
    }

    @Test func signsAndMagnitudes() {
        let x: [Float] = [
            -2, -0.0, 0, 3, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
        ]
        let signs = [Float](count: x.count) { sign(x, to: $0, count: x.count) }
        #expect(signs[0...5] == [-1, 0, 0, 1, 1, -1] && signs[6].isNaN && signs[7...] == [1, -1])
        let magnitudes = [Float](count: x.count) { absolute(x, to: $0, count: x.count) }
        #expect(magnitudes[5] == .infinity && magnitudes[0] == 2 && magnitudes[8] == .leastNonzeroMagnitude)
    }

    /// The bits of an element do not depend on the span that it is computed in.
    @Test(arguments: [1, 3, 8, 13]) func splittingChangesNoBit(piece: Int) {
        var numbers = Numbers()
        let x = numbers.floats(100, in: -5...5)
        let whole = [Float](count: 100) { Kernels.tanh(x, to: $0, count: 100) }
        let pieces = [Float](count: 100) { y in
            for start in stride(from: 0, to: 100, by: piece) {
                x.withUnsafeBufferPointer {
                    guard let base = $0.baseAddress else { return }
                    Kernels.tanh(base + start, to: y + start, count: min(piece, 100 - start))
                }
            }
        }
        #expect(whole == pieces)
    }
}
