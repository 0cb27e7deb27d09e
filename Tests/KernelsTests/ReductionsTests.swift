import Kernels
import Testing

@Suite struct ReductionsTests {
    @Test(arguments: edgeSizes + [1000]) func scalarsMatchPlainLoops(count: Int) {
        var numbers = Numbers(seed: UInt64(count))
        let (x, y) = (numbers.floats(count), numbers.floats(count))
        func isNear(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-12 * Double(count + 1) }
        #expect(isNear(sum(x, count: count), x.reduce(0) { $0 + Double($1) }))
        #expect(isNear(sumOfSquares(x, count: count), x.reduce(0) { $0 + Double($1) * Double($1) }))
        #expect(isNear(sumOfMagnitudes(x, count: count), x.reduce(0) { $0 + Double($1.magnitude) }))
        #expect(isNear(dot(x, y, count: count), zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) }))
        #expect(maximum(x, count: count) == x.max() ?? -.infinity)
        #expect(minimum(x, count: count) == x.min() ?? .infinity)
        #expect(argmax(x, count: count) == x.indices.max { x[$0] < x[$1] } ?? 0)
    }

    @Test(arguments: [0, 3, 8, 11, 21]) func notANumberWins(place: Int) {
        var numbers = Numbers()
        var x = numbers.floats(22)
        x[place] = .nan
        #expect(maximum(x, count: 22).isNaN)
        #expect(minimum(x, count: 22).isNaN)
        #expect(argmax(x, count: 22) == place)
    }

    @Test func firstOfEqualsIsTheLargest() {
        #expect(argmax([1, 3, 3, 2], count: 4) == 1)
    }

    @Test(arguments: [(0, 5), (1, 1), (3, 7), (64, 8), (65, 9), (200, 33), (5, 0)])
    func sumsOfRowsAndColumns(rows: Int, columns: Int) {
        var numbers = Numbers()
        let leading = columns + 2
        let x = numbers.floats(rows * leading)
        let truth = (0..<columns).map { j in (0..<rows).reduce(0.0) { $0 + Double(x[$1 * leading + j]) } }
        let sums = [Float](count: columns) {
            columnSums(x, rows: rows, columns: columns, leading: leading, to: $0)
        }
        #expect(largestError(sums, truth) < 1e-5)
        var added = [Float](repeating: 1, count: columns)
        columnSums(x, rows: rows, columns: columns, leading: leading, to: &added, accumulate: true)
        #expect(largestError(added, truth.map { $0 + 1 }) < 1e-5)
        let rowTruth = (0..<rows).map { i in (0..<columns).reduce(0.0) { $0 + Double(x[i * leading + $1]) } }
        let perRow = [Float](count: rows) {
            rowSums(x, rows: rows, columns: columns, leading: leading, to: $0)
        }
        #expect(largestError(perRow, rowTruth) < 1e-6)
    }
}
