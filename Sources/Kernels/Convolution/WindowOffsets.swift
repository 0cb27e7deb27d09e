/// Where windows that lie inside their input are, as tables that products read through.
extension Windows {
    /// The same windows over an input with the zeros around it laid out, so that all of them lie inside.
    public var padded: Windows {
        var padded = self
        padded.input = Axes(
            Self.length(input.depth, output.depth, size.depth, strides.depth, dilation.depth, padding.depth),
            Self.length(
                input.height, output.height, size.height, strides.height, dilation.height, padding.height),
            Self.length(input.width, output.width, size.width, strides.width, dilation.width, padding.width))
        padded.padding = Axes(0, 0, 0)
        return padded
    }

    private static func length(
        _ input: Int, _ windows: Int, _ size: Int, _ stride: Int, _ dilation: Int, _ padding: Int
    ) -> Int {
        max(padding + input, (windows - 1) * stride + (size - 1) * dilation + 1)
    }

    /// Writes where each window of so many samples begins, from the first sample's beginning.
    public func windowOffsets(samples: Int, to offsets: UnsafeMutablePointer<Int>) {
        for row in 0..<samples * output.product {
            let origin = origin(row)
            let line = (origin.sample * input.depth + origin.depth) * input.height + origin.height
            offsets[row] = (line * input.width + origin.width) * placeStride
        }
    }

    /// Writes where each element of a window is, from the window's beginning.
    public func elementOffsets(to offsets: UnsafeMutablePointer<Int>) {
        for index in 0..<size.product {
            let (plane, x) = index.quotientAndRemainder(dividingBy: size.width)
            let (z, y) = plane.quotientAndRemainder(dividingBy: size.height)
            let line = z * dilation.depth * input.height + y * dilation.height
            let place = (line * input.width + x * dilation.width) * placeStride
            for channel in 0..<channels { offsets[index * channels + channel] = place + channel }
        }
    }

    /// Copies samples, all channels of them, to where the zeros around them are laid out.
    public func pad(_ x: UnsafePointer<Float>, samples: Int, to padded: UnsafeMutablePointer<Float>) {
        let outer = self.padded.input
        let (line, before) = (input.width * placeStride, padding.width * placeStride)
        forEachPaddedLine(samples, outer) { target, source in
            let target = padded + target
            guard let source else { return fill(target, count: outer.width * placeStride, with: 0) }
            fill(target, count: before, with: 0)
            copyShort(x + source, to: target + before, count: line)
            fill(target + before + line, count: outer.width * placeStride - before - line, with: 0)
        }
    }

    /// Copies samples back from where the zeros around them were laid out.
    public func crop(_ padded: UnsafePointer<Float>, samples: Int, to x: UnsafeMutablePointer<Float>) {
        let before = padding.width * placeStride
        forEachPaddedLine(samples, self.padded.input) { source, target in
            guard let target else { return }
            copyShort(padded + source + before, to: x + target, count: input.width * placeStride)
        }
    }

    /// Calls `body` for each padded line with where it begins, and where the input's does, nil outside of it.
    @inline(__always)
    private func forEachPaddedLine(
        _ samples: Int, _ outer: Axes, _ body: (_ padded: Int, _ line: Int?) -> Void
    ) {
        var target = 0
        for sample in 0..<samples {
            for depth in 0..<outer.depth {
                for height in 0..<outer.height {
                    let (z, y) = (depth - padding.depth, height - padding.height)
                    let isInside = z >= 0 && z < input.depth && y >= 0 && y < input.height
                    let line = ((sample * input.depth + z) * input.height + y) * input.width
                    body(target, isInside ? line * placeStride : nil)
                    target += outer.width * placeStride
                }
            }
        }
    }
}
