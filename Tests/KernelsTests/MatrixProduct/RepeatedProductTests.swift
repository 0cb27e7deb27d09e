import Kernels
import Testing

@Suite struct RepeatedProductTests {
    @Test(
        arguments: [false, true],
        [(1, 8, 4), (5, 71, 9), (7, 3, 5), (16, 40, 33), (9, 17, 1100), (200, 24, 16)])
    func rowsAreThoseOfTheProduct(transposeB: Bool, _ shape: (Int, Int, Int)) {
        let (rows, columns, depth) = shape
        var numbers = Numbers(seed: UInt64(rows + columns * depth))
        let (a, b) = (numbers.floats(rows * depth), numbers.floats(depth * columns))
        let (start, bias) = (numbers.floats(rows * columns), numbers.floats(columns))
        var truth = start.map(Double.init)
        for i in 0..<rows {
            for j in 0..<columns {
                truth[i * columns + j] += Double(bias[j])
                for k in 0..<depth {
                    let y = transposeB ? b[j * depth + k] : b[k * columns + j]
                    truth[i * columns + j] += Double(a[i * depth + k]) * Double(y)
                }
            }
        }
        let product = RepeatedProduct(columns: columns, depth: depth, transposeB: transposeB)
        var panels = [Float](repeating: .nan, count: product.panelCount + 1)
        panels[product.panelCount] = 42
        product.layOut(b, to: &panels)
        #expect(panels[product.panelCount] == 42)
        var whole = start
        product.run(rows: rows, a: a, panels: panels, c: &whole, accumulate: true, bias: bias)
        #expect(largestError(whole, truth) < 2e-5)

        // Cut anywhere, the rows have the same bits.
        for cut in Set([0, 1, rows / 2, rows]) where cut <= rows {
            var c = start
            c.withUnsafeMutableBufferPointer { c in
                a.withUnsafeBufferPointer { a in
                    guard let c = c.baseAddress, let a = a.baseAddress else { return }
                    product.run(rows: cut, a: a, panels: panels, c: c, accumulate: true, bias: bias)
                    product.run(
                        rows: rows - cut, a: a + cut * depth, panels: panels, c: c + cut * columns,
                        accumulate: true, bias: bias)
                }
            }
            #expect(c == whole)
        }
    }
}
