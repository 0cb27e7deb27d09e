import Foundation
import Kernels
import Testing

/// Windows of one channel each, over inputs that have several: with padding, strides and dilation.
private let cases: [Windows] = [
    Windows(input: .init(1, 1, 9), output: .init(1, 1, 7), size: .init(1, 1, 3), channels: 1),
    Windows(
        input: .init(1, 6, 5), output: .init(1, 6, 5), size: .init(1, 3, 3), padding: .init(0, 1, 1),
        channels: 1),
    Windows(
        input: .init(1, 7, 6), output: .init(1, 3, 2), size: .init(1, 2, 3), strides: .init(1, 2, 2),
        dilation: .init(1, 2, 2), padding: .init(0, 0, 1), channels: 1),
    Windows(
        input: .init(1, 5, 5), output: .init(1, 5, 5), size: .init(1, 1, 1), channels: 1),
]

/// The sums are compared with those over all windows and elements, one by one in double precision.
@Suite struct ChannelProductTests {
    private static let batch = 2

    /// A case's numbers, and what sees each channel of an input with so many.
    private struct Laid {
        let windows: Windows
        let channels: Int
        let count, elementCount: Int
        let x, kernel, bias, gradient: [Float]
        let offsets, elements: [Int]

        init(_ windows: Windows, channels: Int) {
            var windows = windows
            windows.placeStride = channels
            var numbers = Numbers(seed: 5)
            (self.windows, self.channels) = (windows.padded, channels)
            (count, elementCount) = (batch * windows.output.product, windows.size.product)
            x = numbers.floats(batch * windows.padded.input.product * channels)
            kernel = numbers.floats(elementCount * channels)
            bias = numbers.floats(channels)
            gradient = numbers.floats(count * channels)
            var offsets = [Int](repeating: 0, count: count)
            var elements = [Int](repeating: 0, count: elementCount)
            windows.padded.windowOffsets(samples: batch, to: &offsets)
            windows.padded.elementOffsets(to: &elements)
            (self.offsets, self.elements) = (offsets, elements)
        }

        func withProduct(_ body: (ChannelProduct) -> Void) {
            elements.withUnsafeBufferPointer { elements in
                guard let base = elements.baseAddress else { return }
                body(ChannelProduct(elements: base, count: elementCount, channels: channels))
            }
        }

        /// Calls `body` for each product: window, element and channel, and where the input's float is.
        func forEach(_ body: (_ window: Int, _ element: Int, _ channel: Int, _ place: Int) -> Void) {
            for window in 0..<count {
                for element in 0..<elementCount {
                    for channel in 0..<channels {
                        body(window, element, channel, offsets[window] + elements[element] + channel)
                    }
                }
            }
        }
    }

    @Test(arguments: cases.indices, [1, 3, 8, 11, 16, 24]) func convolution(index: Int, channels: Int) {
        let laid = Laid(cases[index], channels: channels)
        var truth = (0..<laid.count * channels).map { Double(laid.bias[$0 % channels]) }
        laid.forEach { window, element, channel, place in
            truth[window * channels + channel] +=
                Double(laid.x[place]) * Double(laid.kernel[element * channels + channel])
        }
        for activation in [ActivationKind.relu(), .tanh, .linear] {
            let y = [Float](count: laid.count * channels) { y in
                laid.withProduct {
                    $0.multiply(
                        laid.x, windows: laid.offsets, count: laid.count, by: laid.kernel, to: y,
                        bias: laid.bias, activation: activation)
                }
            }
            let want = truth.map { activation == .linear ? $0 : activation == .tanh ? tanh($0) : max(0, $0) }
            #expect(largestError(y, want) < 1e-5)
        }
    }

    @Test(arguments: cases.indices, [1, 3, 8, 11, 16, 24]) func kernelGradient(index: Int, channels: Int) {
        let laid = Laid(cases[index], channels: channels)
        var truth = [Double](repeating: 0, count: laid.elementCount * channels)
        laid.forEach { window, element, channel, place in
            truth[element * channels + channel] +=
                Double(laid.x[place]) * Double(laid.gradient[window * channels + channel])
        }
        for accumulate in [false, true] {
            var sum = laid.kernel
            laid.withProduct {
                $0.kernelGradient(
                    laid.x, windows: laid.offsets, count: laid.count, laid.gradient, to: &sum,
                    accumulate: accumulate)
            }
            let want = zip(truth, laid.kernel).map { accumulate ? $0 + Double($1) : $0 }
            #expect(largestError(sum, want) < 1e-4)
        }
    }

    @Test(arguments: cases.indices, [1, 3, 8, 11, 16, 24]) func inputGradient(index: Int, channels: Int) {
        let laid = Laid(cases[index], channels: channels)
        var truth = laid.x.map(Double.init)
        laid.forEach { window, element, channel, place in
            truth[place] +=
                Double(laid.gradient[window * channels + channel])
                * Double(laid.kernel[element * channels + channel])
        }
        var dx = laid.x
        laid.withProduct {
            $0.addInputGradient(
                laid.gradient, windows: laid.offsets, count: laid.count, by: laid.kernel, to: &dx)
        }
        #expect(largestError(dx, truth) < 1e-5)
    }
}
