import Foundation
import Kernels
import Testing

/// Windows over one, two and three axes: strides, dilation, padding that differs, groups of channels.
private let cases: [(windows: Windows, batch: Int)] = [
    (Windows(input: .init(1, 1, 7), output: .init(1, 1, 5), size: .init(1, 1, 3), channels: 2), 2),
    (
        Windows(
            input: .init(1, 1, 8), output: .init(1, 1, 4), size: .init(1, 1, 3), strides: .init(1, 1, 2),
            padding: .init(0, 0, 0), channels: 1), 3
    ),
    (
        Windows(
            input: .init(1, 6, 5), output: .init(1, 6, 5), size: .init(1, 3, 3), padding: .init(0, 1, 1),
            channels: 9), 2
    ),
    (
        Windows(
            input: .init(1, 7, 6), output: .init(1, 3, 2), size: .init(1, 2, 3), strides: .init(1, 2, 2),
            dilation: .init(1, 2, 2), padding: .init(0, 0, 1), channels: 3, placeStride: 5), 2
    ),
    (
        Windows(
            input: .init(4, 3, 5), output: .init(2, 3, 3), size: .init(2, 2, 2), strides: .init(2, 1, 2),
            padding: .init(0, 0, 1), channels: 4), 1
    ),
]

/// Where element `element` of window `row` lies in the input, found by plain arithmetic; nil in the padding.
private func place(_ w: Windows, row: Int, element: Int) -> Int? {
    let sample = row / w.output.product
    let window = row % w.output.product
    let (i, j, k) = (
        window / (w.output.height * w.output.width), window / w.output.width % w.output.height,
        window % w.output.width
    )
    let (a, b, c) = (
        element / (w.size.height * w.size.width), element / w.size.width % w.size.height,
        element % w.size.width
    )
    let z = i * w.strides.depth + a * w.dilation.depth - w.padding.depth
    let y = j * w.strides.height + b * w.dilation.height - w.padding.height
    let x = k * w.strides.width + c * w.dilation.width - w.padding.width
    guard (0..<w.input.depth).contains(z), (0..<w.input.height).contains(y), (0..<w.input.width).contains(x)
    else {
        return nil
    }
    return (((sample * w.input.depth + z) * w.input.height + y) * w.input.width + x) * w.placeStride
}

@Suite struct WindowsTests {
    private func input(_ w: Windows, batch: Int) -> [Float] {
        var numbers = Numbers(seed: 3)
        return numbers.floats(batch * w.input.product * w.placeStride)
    }

    @Test(arguments: cases.indices) func windowsBecomeRows(index: Int) {
        let (w, batch) = cases[index]
        let x = input(w, batch: batch)
        let rows = batch * w.output.product
        var truth = [Float]()
        for row in 0..<rows {
            for element in 0..<w.size.product {
                for channel in 0..<w.channels {
                    truth.append(place(w, row: row, element: element).map { x[$0 + channel] } ?? 0)
                }
            }
        }
        let all = [Float](count: rows * w.windowCount) { imageToColumns(x, w, rows: 0..<rows, to: $0) }
        #expect(all == truth)
        let part = [Float](count: w.windowCount) { imageToColumns(x, w, rows: (rows - 1)..<rows, to: $0) }
        #expect(part[...] == truth[((rows - 1) * w.windowCount)...])
    }

    @Test(arguments: cases.indices) func rowsGoBackWhereTheyCameFrom(index: Int) {
        let (w, batch) = cases[index]
        var numbers = Numbers()
        let rows = batch * w.output.product
        let columns = numbers.floats(rows * w.windowCount)
        var truth = [Double](repeating: 0.5, count: batch * w.input.product * w.placeStride)
        for row in 0..<rows {
            for element in 0..<w.size.product {
                guard let start = place(w, row: row, element: element) else { continue }
                for channel in 0..<w.channels {
                    truth[start + channel] += Double(
                        columns[row * w.windowCount + element * w.channels + channel])
                }
            }
        }
        var x = [Float](repeating: 0.5, count: truth.count)
        columnsToImage(columns, w, rows: 0..<rows, to: &x)
        #expect(largestError(x, truth) < 1e-6)
    }

    /// The elements of a window in one channel.
    private func elements(_ x: [Float], _ w: Windows, row: Int, channel: Int) -> [(value: Float, at: Int)] {
        (0..<w.size.product).compactMap { element in
            place(w, row: row, element: element).map { (x[$0 + channel], $0 + channel) }
        }
    }

    @Test(arguments: cases.indices) func maximaBothWays(index: Int) {
        let (w, batch) = cases[index]
        // Few values, so that the largest is often there twice.
        let x = input(w, batch: batch).map { ($0 * 3).rounded() }
        let rows = batch * w.output.product
        var numbers = Numbers()
        let dy = numbers.floats(rows * w.channels)
        var (truth, slopes) = ([Double](), [Double](repeating: 0, count: x.count))
        for row in 0..<rows {
            for channel in 0..<w.channels {
                let values = elements(x, w, row: row, channel: channel)
                let peak = values.map(\.value).max() ?? -.infinity
                truth.append(Double(peak))
                if let at = values.first(where: { $0.value == peak })?.at {
                    slopes[at] += Double(dy[row * w.channels + channel])
                }
            }
        }
        let y = [Float](count: rows * w.channels) { maxPool(x, w, rows: 0..<rows, to: $0) }
        #expect(y.map(Double.init) == truth)
        var dx = [Float](repeating: 0, count: x.count)
        maxPoolBackward(x: x, y: y, dy: dy, w, rows: 0..<rows, dx: &dx)
        #expect(largestError(dx, slopes) < 1e-6)
    }

    @Test(arguments: cases.indices) func averagesBothWays(index: Int) {
        let (w, batch) = cases[index]
        let x = input(w, batch: batch)
        let rows = batch * w.output.product
        var numbers = Numbers()
        let dy = numbers.floats(rows * w.channels)
        var (truth, slopes) = ([Double](), [Double](repeating: 0, count: x.count))
        for row in 0..<rows {
            for channel in 0..<w.channels {
                let values = elements(x, w, row: row, channel: channel)
                truth.append(values.reduce(0) { $0 + Double($1.value) } / Double(values.count))
                for value in values {
                    slopes[value.at] += Double(dy[row * w.channels + channel]) / Double(values.count)
                }
            }
        }
        let y = [Float](count: rows * w.channels) { averagePool(x, w, rows: 0..<rows, to: $0) }
        #expect(largestError(y, truth) < 1e-6)
        var dx = [Float](repeating: 0, count: x.count)
        averagePoolBackward(dy: dy, w, rows: 0..<rows, dx: &dx)
        #expect(largestError(dx, slopes) < 1e-6)
    }

    @Test func notANumberIsTheLargest() {
        let w = Windows(input: .init(1, 1, 3), output: .init(1, 1, 1), size: .init(1, 1, 3), channels: 1)
        #expect([Float](count: 1) { maxPool([1, .nan, 2], w, rows: 0..<1, to: $0) }[0].isNaN)
    }
}
