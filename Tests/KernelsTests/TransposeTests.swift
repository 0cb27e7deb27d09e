import Kernels
import Testing

@Suite struct TransposeTests {
    @Test(arguments: [(0, 3), (1, 1), (3, 5), (8, 8), (9, 8), (16, 17), (24, 3), (7, 100)])
    func matrices(rows: Int, columns: Int) {
        let x = (0..<(rows * columns)).map(Float.init)
        let y = [Float](count: x.count) { transpose(x, rows: rows, columns: columns, to: $0) }
        #expect(y == x.indices.map { x[$0 % max(rows, 1) * columns + $0 / max(rows, 1)] })
    }

    /// Element (i, j, k) of `x` is element (place of each axis) of `y`.
    @Test(arguments: [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
    func axes(order: [Int]) {
        for shape in [[2, 3, 4], [1, 5, 9], [4, 1, 1], [3, 0, 2]] {
            let x = (0..<(shape[0] * shape[1] * shape[2])).map(Float.init)
            let y = [Float](count: x.count) { permute(x, shape: shape, axes: order, rank: 3, to: $0) }
            let lengths = order.map { shape[$0] }
            for i in 0..<shape[0] {
                for j in 0..<shape[1] {
                    for k in 0..<shape[2] {
                        let place = order.map { [i, j, k][$0] }
                        let target = (place[0] * lengths[1] + place[1]) * lengths[2] + place[2]
                        #expect(y[target] == x[(i * shape[1] + j) * shape[2] + k])
                    }
                }
            }
        }
    }

    @Test func noAxes() {
        #expect([Float](count: 1) { permute([5], shape: [], axes: [], rank: 0, to: $0) } == [5])
    }
}
