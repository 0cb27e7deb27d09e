import Kernels
import Testing

/// Windows that hang over the edges, with strides, dilation, groups of channels and three axes.
private let cases: [(windows: Windows, batch: Int)] = [
    (Windows(input: .init(1, 1, 9), output: .init(1, 1, 7), size: .init(1, 1, 3), channels: 2), 3),
    (
        Windows(
            input: .init(1, 6, 5), output: .init(1, 6, 5), size: .init(1, 3, 3), padding: .init(0, 1, 1),
            channels: 19), 2
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

/// The products are compared with those of windows that are laid out as rows, in double precision.
@Suite struct WindowProductTests {
    /// A case's numbers: the input with its zeros around it, the tables, and the windows as rows.
    private struct Laid {
        let windows: Windows
        let count: Int
        let padded: [Float]
        let offsets, elements: [Int]
        let columns: [Float]

        init(_ windows: Windows, batch: Int) {
            var numbers = Numbers(seed: 7)
            let x = numbers.floats(batch * windows.input.product * windows.placeStride)
            let rows = batch * windows.output.product
            (self.windows, count) = (windows, rows)
            let outer = windows.padded.input.product * windows.placeStride
            padded = [Float](count: batch * outer) { windows.pad(x, samples: batch, to: $0) }
            var (offsets, elements) = (
                [Int](repeating: 0, count: rows), [Int](repeating: 0, count: windows.windowCount)
            )
            windows.padded.windowOffsets(samples: batch, to: &offsets)
            windows.padded.elementOffsets(to: &elements)
            (self.offsets, self.elements) = (offsets, elements)
            columns = [Float](count: rows * windows.windowCount) {
                imageToColumns(x, windows, rows: 0..<rows, to: $0)
            }
        }
    }

    @Test(arguments: cases.indices, [1, 5, 8, 11, 16, 37, 71]) func convolution(index: Int, filters: Int) {
        let laid = Laid(cases[index].windows, batch: cases[index].batch)
        let depth = laid.windows.windowCount
        var numbers = Numbers()
        let (kernel, bias) = (numbers.floats(depth * filters), numbers.floats(filters))
        var truth = [Double]()
        for row in 0..<laid.count {
            for filter in 0..<filters {
                let sum = (0..<depth).reduce(Double(bias[filter])) {
                    $0 + Double(laid.columns[row * depth + $1]) * Double(kernel[$1 * filters + filter])
                }
                truth.append(max(0, sum))
            }
        }
        let run = { (lanes: Lanes, rows: Range<Int>, y: UnsafeMutablePointer<Float>) in
            let matrix = PackedMatrix(columns: filters, depth: depth, lanes: lanes)
            let panels = [Float](count: matrix.count) { matrix.layOut(kernel, to: $0) }
            laid.offsets.withUnsafeBufferPointer { offsets in
                guard let base = offsets.baseAddress else { return }
                multiplyWindows(
                    laid.padded, rows: base + rows.lowerBound, count: rows.count, depths: laid.elements,
                    by: matrix, panels, to: y + rows.lowerBound * filters, leadingC: filters, bias: bias,
                    activation: .relu())
            }
        }
        let whole = [Float](count: laid.count * filters) { run(.widest, 0..<laid.count, $0) }
        #expect(largestError(whole, truth) < 1e-5)
        let cut = [Float](count: laid.count * filters) {
            run(.eight, 0..<5, $0)
            run(.widest, 5..<laid.count, $0)
        }
        #expect(cut == whole)
    }

    @Test(arguments: cases.indices, [1, 5, 8, 11, 16, 37]) func gradients(index: Int, filters: Int) {
        let laid = Laid(cases[index].windows, batch: cases[index].batch)
        let (windows, depth) = (laid.windows, laid.windows.windowCount)
        var numbers = Numbers()
        let (kernel, dz) = (numbers.floats(depth * filters), numbers.floats(laid.count * filters))
        var byKernel = [Double](repeating: 0.5, count: depth * filters)
        var columns = [Float](repeating: 0, count: laid.count * depth)
        for row in 0..<laid.count {
            for element in 0..<depth {
                var sum = 0.0
                for filter in 0..<filters {
                    let slope = Double(dz[row * filters + filter])
                    byKernel[element * filters + filter] +=
                        slope * Double(laid.columns[row * depth + element])
                    sum += slope * Double(kernel[element * filters + filter])
                }
                columns[row * depth + element] = Float(sum)
            }
        }
        let kernelGradients = [Lanes.widest, .eight].map { lanes in
            let gradients = PackedMatrix(columns: filters, depth: laid.count, lanes: lanes)
            let panels = [Float](count: gradients.count) { gradients.layOut(dz, to: $0) }
            var gradient = [Float](repeating: 0.5, count: depth * filters)
            multiplyWindows(
                laid.padded, rows: laid.elements, count: depth, depths: laid.offsets, by: gradients, panels,
                to: &gradient, leadingC: filters, accumulate: true)
            return gradient
        }
        #expect(largestError(kernelGradients[0], byKernel) < 1e-5)
        #expect(kernelGradients[1] == kernelGradients[0])

        let (batch, inner) = (cases[index].batch, windows.input.product * windows.placeStride)
        let truth = [Float](count: batch * inner) {
            for place in 0..<batch * inner { $0[place] = 0 }
            columnsToImage(columns, windows, rows: 0..<laid.count, to: $0)
        }
        let inputGradients = [Lanes.widest, .eight].map { lanes in
            let back = PackedMatrix(
                columns: windows.channels, depth: filters, isTransposed: true, lanes: lanes)
            var padded = [Float](repeating: 0, count: laid.padded.count)
            padded.withUnsafeMutableBufferPointer { padded in
                guard let place = padded.baseAddress else { return }
                for element in 0..<windows.size.product {
                    let first = element * windows.channels
                    let panels = [Float](count: back.count) {
                        back.layOut(Array(kernel[(first * filters)...]), to: $0)
                    }
                    addToWindows(
                        dz, leadingA: filters, rows: laid.offsets, count: laid.count, by: back, panels,
                        to: place + laid.elements[first])
                }
            }
            return [Float](count: batch * inner) { windows.crop(padded, samples: batch, to: $0) }
        }
        #expect(largestError(inputGradients[0], truth.map(Double.init)) < 1e-5)
        #expect(inputGradients[1] == inputGradients[0])
    }
}
