import Foundation
import Kernels
import Testing

/// The shapes `[outer, axis, inner]` that rows come in.
private let shapes = [
    (1, 1, 1), (3, 10, 1), (5, 8, 1), (2, 17, 1), (4, 3, 1), (2, 5, 3), (1, 4, 8), (3, 7, 11), (0, 4, 1),
    (2, 3, 19),
]

/// Applies `function` to each line of a span seen as `[outer, axis, inner]`.
private func lines(
    _ x: [Float], _ shape: (Int, Int, Int), _ function: ([Double]) -> [Double]
) -> [Double] {
    let (outer, axis, inner) = shape
    var result = [Double](repeating: 0, count: x.count)
    for block in 0..<outer {
        for lane in 0..<inner {
            let places = (0..<axis).map { (block * axis + $0) * inner + lane }
            for (place, value) in zip(places, function(places.map { Double(x[$0]) })) {
                result[place] = value
            }
        }
    }
    return result
}

private func softmax(_ x: [Double]) -> [Double] {
    let peak = x.max() ?? 0
    let e = x.map { Foundation.exp($0 - peak) }
    return e.map { $0 / e.reduce(0, +) }
}

/// Line by line what keras/src/backend/tensorflow/nn.py computes.
private func sparsemax(_ x: [Double]) -> [Double] {
    var (sum, sums, size) = (0.0, 0.0, 0.0)
    for (index, value) in x.sorted(by: >).enumerated() {
        sum += value
        guard value - (sum - 1) / Double(index + 1) > 0 else { continue }
        sums += sum
        size += 1
    }
    return x.map { max($0 - (sums - 1) / size, 0) }
}

@Suite struct SoftmaxTests {
    /// Holds a backward pass against central differences of `Σ dy · f(x)` in double precision.
    private func slopes(
        _ x: [Float], _ dy: [Float], _ shape: (Int, Int, Int), _ function: @escaping ([Double]) -> [Double]
    ) -> [Double] {
        x.indices.map { index in
            func loss(_ step: Double) -> Double {
                var moved = x.map(Double.init)
                moved[index] += step
                let (outer, axis, inner) = shape
                var total = 0.0
                for block in 0..<outer {
                    for lane in 0..<inner {
                        let places = (0..<axis).map { (block * axis + $0) * inner + lane }
                        for (place, value) in zip(places, function(places.map { moved[$0] })) {
                            total += Double(dy[place]) * value
                        }
                    }
                }
                return total
            }
            return (loss(1e-5) - loss(-1e-5)) / 2e-5
        }
    }

    @Test(arguments: shapes) func softmaxBothWays(_ shape: (Int, Int, Int)) {
        let (outer, axis, inner) = shape
        var numbers = Numbers()
        let count = outer * axis * inner
        let (x, dy) = (numbers.floats(count, in: -9...9), numbers.floats(count))
        let y = [Float](count: count) { Kernels.softmax(x, to: $0, outer: outer, axis: axis, inner: inner) }
        #expect(largestError(y, lines(x, shape, softmax)) < 1e-6)
        let dx = [Float](count: count) {
            softmaxBackward(y: y, dy: dy, dx: $0, outer: outer, axis: axis, inner: inner)
        }
        #expect(largestError(dx, slopes(x, dy, shape, softmax)) < 2e-6)
    }

    @Test(arguments: shapes) func logSoftmaxBothWays(_ shape: (Int, Int, Int)) {
        let (outer, axis, inner) = shape
        var numbers = Numbers()
        let count = outer * axis * inner
        let (x, dy) = (numbers.floats(count, in: -9...9), numbers.floats(count))
        let y = [Float](count: count) { logSoftmax(x, to: $0, outer: outer, axis: axis, inner: inner) }
        let truth: ([Double]) -> [Double] = { softmax($0).map { Foundation.log($0) } }
        #expect(largestError(y, lines(x, shape, truth)) < 1e-6)
        let dx = [Float](count: count) {
            logSoftmaxBackward(y: y, dy: dy, dx: $0, outer: outer, axis: axis, inner: inner)
        }
        #expect(largestError(dx, slopes(x, dy, shape, truth)) < 3e-6)
    }

    @Test(arguments: shapes) func sparsemaxBothWays(_ shape: (Int, Int, Int)) {
        let (outer, axis, inner) = shape
        var numbers = Numbers()
        let count = outer * axis * inner
        let (x, dy) = (numbers.floats(count, in: -2...2), numbers.floats(count))
        let y = [Float](count: count) { Kernels.sparsemax(x, to: $0, outer: outer, axis: axis, inner: inner) }
        #expect(largestError(y, lines(x, shape, sparsemax)) < 1e-6)
        let dx = [Float](count: count) {
            sparsemaxBackward(x: x, y: y, dy: dy, dx: $0, outer: outer, axis: axis, inner: inner)
        }
        #expect(largestError(dx, slopes(x, dy, shape, sparsemax)) < 2e-6)
    }

    @Test(arguments: [(1, 1, 1), (3, 5, 1), (2, 3, 7), (2, 8, 2)])
    func gluBothWays(_ shape: (Int, Int, Int)) {
        let (outer, half, inner) = shape
        var numbers = Numbers()
        let count = outer * half * inner
        let (x, dy) = (numbers.floats(2 * count, in: -3...3), numbers.floats(count))
        let y = [Float](count: count) { glu(x, to: $0, outer: outer, half: half, inner: inner) }
        let dx = [Float](count: 2 * count) {
            gluBackward(x: x, dy: dy, dx: $0, outer: outer, half: half, inner: inner)
        }
        for place in 0..<count {
            let (block, rest) = (place / (half * inner), place % (half * inner))
            let (first, second) = (2 * block * half * inner + rest, (2 * block + 1) * half * inner + rest)
            let (a, gate) = (Double(x[first]), 1 / (1 + Foundation.exp(-Double(x[second]))))
            let slope = Double(dy[place])
            #expect(abs(Double(y[place]) - a * gate) < 1e-6)
            #expect(abs(Double(dx[first]) - slope * gate) < 1e-6)
            #expect(abs(Double(dx[second]) - slope * a * gate * (1 - gate)) < 1e-6)
        }
    }

    @Test func masksAndHugeValues() {
        let x: [Float] = [-.infinity, 1000, 1000, -1000]
        #expect([Float](count: 4) { Kernels.softmax(x, to: $0, outer: 1, axis: 4) } == [0, 0.5, 0.5, 0])
        let logs = [Float](count: 4) { logSoftmax(x, to: $0, outer: 1, axis: 4) }
        #expect(logs[0] == -.infinity && abs(logs[1] + 0.693_147) < 1e-6 && abs(logs[3] + 2000.693) < 1e-3)
        let broken: [Float] = [0, .nan, 1]
        #expect(
            [Float](count: 3) { Kernels.softmax(broken, to: $0, outer: 1, axis: 3) }.allSatisfy { $0.isNaN })
    }
}
