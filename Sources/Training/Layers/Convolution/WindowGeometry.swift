import Kernels
import Protocol

/// How windows slide over the positions of an input: sizes, strides, dilation and padding, one for each axis.
struct WindowGeometry: Sendable {
    /// What is added around the input.
    enum Padding: String, Sendable {
        /// Nothing: windows lie inside.
        case valid
        /// Zeros on both sides, so that there are `ceil(size / stride)` windows; the odd one is at the end.
        case same
        /// Zeros before the first position, so that no window sees what comes after it.
        case causal
    }

    let size: [Int]
    let strides: [Int]
    let dilation: [Int]
    let padding: Padding

    /// Positions that a window spans on an axis.
    private func span(_ axis: Int) -> Int { (size[axis] - 1) * dilation[axis] + 1 }

    /// How many windows an axis of `length` positions has; nil when that is unknown.
    func count(_ length: Int?, axis: Int) -> Int? {
        length.map { length in
            switch padding {
            case .valid: length < span(axis) ? 0 : (length - span(axis)) / strides[axis] + 1
            case .same, .causal: (length + strides[axis] - 1) / strides[axis]
            }
        }
    }

    /// Positions added before an axis of `length`.
    private func before(_ length: Int, axis: Int) -> Int {
        switch padding {
        case .valid: return 0
        case .causal: return span(axis) - 1
        case .same:
            let count = (length + strides[axis] - 1) / strides[axis]
            return max(0, (count - 1) * strides[axis] + span(axis) - length) / 2
        }
    }

    /// The windows over an input of these lengths; `placeStride` is the distance of two positions. As many as fit,
    /// unless their counts are given.
    func windows(over lengths: [Int], counts given: [Int]? = nil, channels: Int, placeStride: Int) -> Windows
    {
        func axes(_ values: [Int], else missing: Int) -> Windows.Axes {
            let all = Array(repeating: missing, count: 3 - values.count) + values
            return Windows.Axes(all[0], all[1], all[2])
        }
        let counts = given ?? lengths.indices.map { count(lengths[$0], axis: $0) ?? 0 }
        return Windows(
            input: axes(lengths, else: 1), output: axes(counts, else: 1), size: axes(size, else: 1),
            strides: axes(strides, else: 1), dilation: axes(dilation, else: 1),
            padding: axes(lengths.indices.map { before(lengths[$0], axis: $0) }, else: 0), channels: channels,
            placeStride: placeStride)
    }
}

/// An input of `[batch, positions…, channels]`, or of `[batch, channels, positions…]`.
struct ImageShape {
    let batch: Int?
    let positions: [Int?]
    let channels: Int?

    /// Reads a shape with as many axes of positions.
    init(_ shape: Shape, positions count: Int, isChannelsFirst: Bool, for name: String) throws {
        try shape.require(rank: count + 2, for: name)
        batch = shape[0]
        channels = isChannelsFirst ? shape[1] : shape[-1]
        positions = isChannelsFirst ? Array(shape.dimensions[2...]) : Array(shape.dimensions[1..<count + 1])
    }

    /// The shape with other positions and channels.
    func with(positions: [Int?], channels: Int?, isChannelsFirst: Bool) -> Shape {
        Shape([batch] + (isChannelsFirst ? [channels] + positions : positions + [channels]))
    }
}
