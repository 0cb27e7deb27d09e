import Kernels
import Testing

@Suite struct ArithmeticTests {
    @Test(arguments: edgeSizes) func binaryOperationsMatchScalarOnes(count: Int) {
        var numbers = Numbers(seed: UInt64(count))
        let (x, y) = (numbers.floats(count), numbers.floats(count))
        #expect([Float](count: count) { add(x, y, to: $0, count: count) } == zip(x, y).map(+))
        #expect([Float](count: count) { subtract(x, y, to: $0, count: count) } == zip(x, y).map(-))
        #expect([Float](count: count) { multiply(x, y, to: $0, count: count) } == zip(x, y).map(*))
        #expect([Float](count: count) { divide(x, y, to: $0, count: count) } == zip(x, y).map(/))
        #expect([Float](count: count) { maximum(x, y, to: $0, count: count) } == zip(x, y).map(max))
        #expect([Float](count: count) { minimum(x, y, to: $0, count: count) } == zip(x, y).map(min))
    }

    @Test(arguments: edgeSizes) func scalarOperandsAndAccumulation(count: Int) {
        var numbers = Numbers(seed: UInt64(count))
        let (x, y) = (numbers.floats(count), numbers.floats(count))
        #expect([Float](count: count) { add(x, 2.5, to: $0, count: count) } == x.map { $0 + 2.5 })
        #expect([Float](count: count) { multiply(x, 2.5, to: $0, count: count) } == x.map { $0 * 2.5 })
        var scaled = y
        addScaled(x, by: 0.3, to: &scaled, count: count)
        #expect(scaled == zip(x, y).map { $1.addingProduct($0, 0.3) })
        var product = y
        addProduct(x, x, to: &product, count: count)
        #expect(product == zip(x, y).map { $1.addingProduct($0, $0) })
        #expect(
            [Float](count: count) { clip(x, lower: -0.5, upper: 0.25, to: $0, count: count) }
                == x.map { min(max($0, -0.5), 0.25) })
    }

    @Test func notANumberStays() {
        let (x, y): ([Float], [Float]) = ([.nan, 1], [1, .nan])
        #expect([Float](count: 2) { maximum(x, y, to: $0, count: 2) }.allSatisfy { $0.isNaN })
        #expect([Float](count: 2) { minimum(x, y, to: $0, count: 2) }.allSatisfy { $0.isNaN })
        #expect([Float](count: 1) { clip(x, lower: 0, upper: 1, to: $0, count: 1) }[0].isNaN)
    }

    @Test func rowsAreAddedAndScaled() {
        var x: [Float] = [1, 2, 3, 4, 5, 6]
        addRow([10, 20, 30], to: &x, rows: 2, columns: 3)
        #expect(x == [11, 22, 33, 14, 25, 36])
        let scaled = [Float](count: 6) { multiplyRows(x, by: [2, -1], to: $0, rows: 2, columns: 3) }
        #expect(scaled == [22, 44, 66, -14, -25, -36])
    }
}
