import Kernels
import Testing

@Suite struct EmbeddingTests {
    @Test(arguments: [1, 8, 11]) func rowsThereAndBack(columns: Int) {
        var numbers = Numbers()
        let table = numbers.floats(5 * columns)
        let order: [Int32] = [4, 0, 4, 2]
        let y = [Float](count: 4 * columns) {
            gather(table, columns: columns, indices: order, count: 4, to: $0)
        }
        for (row, index) in order.enumerated() {
            #expect(
                y[(row * columns)..<((row + 1) * columns)]
                    == table[(Int(index) * columns)..<((Int(index) + 1) * columns)])
        }
        var truth = [Double](repeating: 1, count: table.count)
        for place in y.indices {
            truth[Int(order[place / columns]) * columns + place % columns] += Double(y[place])
        }
        var whole = [Float](repeating: 1, count: table.count)
        scatterRuns(y, indices: order, count: 4, run: columns, to: &whole, rowStride: 0, rows: 1)
        #expect(largestError(whole, truth) < 1e-6)
        var parts = [Float](repeating: 1, count: table.count)
        for part in Self.parts(of: columns) {
            scatterRuns(
                y, indices: order, count: 4, run: columns, part: part, to: &parts, rowStride: 0, rows: 1)
        }
        #expect(parts == whole)
    }

    @Test(arguments: [1, 8, 11]) func untouchedRowsAreNeitherReadNorWritten(columns: Int) {
        var numbers = Numbers()
        let order: [Int32] = [4, 0, -1, 4, 2]
        let isFirst = [true, true, false, false, true]
        var y = numbers.floats(5 * columns)
        y[columns] = -0.0
        var cleared = [Float](repeating: 0, count: 5 * columns)
        for row in 0..<5 where order[row] >= 0 {
            for column in 0..<columns {
                cleared[Int(order[row]) * columns + column] += y[row * columns + column]
            }
        }
        var touched = [Float](repeating: 7, count: 5 * columns)
        for part in Self.parts(of: columns) {
            scatterRuns(
                y, indices: order, isFirst: isFirst, count: 5, run: columns, part: part, to: &touched,
                rowStride: 0, rows: 1)
        }
        for row in 0..<5 {
            let span = (row * columns)..<((row + 1) * columns)
            let expected =
                order.contains(Int32(row)) ? Array(cleared[span]) : [Float](repeating: 7, count: columns)
            #expect(touched[span].map(\.bitPattern) == expected.map(\.bitPattern))
        }
    }

    /// A run of one is not cut.
    private static func parts(of columns: Int) -> [Range<Int>] {
        columns == 1 ? [0..<1] : [0..<(columns / 2), (columns / 2)..<columns]
    }

    @Test func floatsBecomeIndices() {
        var result = [Int32](repeating: -7, count: 4)
        #expect(indices([0, 3, 2.9, -0.5], count: 4, limit: 4, to: &result) == nil)
        #expect(result == [0, 3, 2, 0])
        #expect(indices([0, 4], count: 2, limit: 4, to: &result) == 1)
        #expect(indices([-1], count: 1, limit: 4, to: &result) == 0)
        #expect(indices([.nan], count: 1, limit: 4, to: &result) == 0)
        #expect(indices([3e9], count: 1, limit: .max, to: &result) == 0)
    }

    @Test func rowsBySelection() {
        let y = [Float](count: 6) {
            selectRows(
                mask: [1, 0, 2], [1, 2, 3, 4, 5, 6], else: [10, 20, 30, 40, 50, 60], rows: 3, columns: 2,
                to: $0)
        }
        #expect(y == [1, 2, 30, 40, 5, 6])
    }
}
