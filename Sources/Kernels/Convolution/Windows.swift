/// Windows that slide over up to three spatial axes of a channels-last array `[batch, depth, height, width,
/// channels]`, as convolutions and poolings read it. Unused axes, the first ones, have length 1.
public struct Windows: Sendable, Hashable {
    /// Three values, one for each spatial axis.
    public struct Axes: Sendable, Hashable {
        /// Depth, height and width.
        public var depth, height, width: Int

        /// Values for depth, height and width.
        public init(_ depth: Int, _ height: Int, _ width: Int) {
            self.depth = depth
            self.height = height
            self.width = width
        }

        /// The product of all three.
        public var product: Int { depth * height * width }
    }

    /// The input's lengths.
    public var input: Axes
    /// The windows' counts: the output's lengths.
    public var output: Axes
    /// The windows' lengths, in elements.
    public var size: Axes
    /// Steps from one window to the next.
    public var strides: Axes
    /// Steps from one element of a window to the next.
    public var dilation: Axes
    /// Zeros (or, for a pooling, nothing) before the first element.
    public var padding: Axes
    /// Channels that the windows see.
    public var channels: Int
    /// Floats from one place of the input to the next: `channels`, or more where only a group of them is seen.
    public var placeStride: Int

    /// Describes windows; nothing is checked.
    public init(
        input: Axes, output: Axes, size: Axes, strides: Axes = Axes(1, 1, 1), dilation: Axes = Axes(1, 1, 1),
        padding: Axes = Axes(0, 0, 0), channels: Int, placeStride: Int? = nil
    ) {
        self.input = input
        self.output = output
        self.size = size
        self.strides = strides
        self.dilation = dilation
        self.padding = padding
        self.channels = channels
        self.placeStride = placeStride ?? channels
    }

    /// Floats in one window: the columns of what `imageToColumns` writes.
    public var windowCount: Int { size.product * channels }

    /// Calls `body` for each element of each window of the rows given (a row is one window; windows are numbered
    /// through the batch): the place in the window, and where its channels begin in the input, or nil in the
    /// padding.
    @inline(__always)
    func forEachElement(
        rows: Range<Int>, _ body: (_ row: Int, _ element: Int, _ offset: Int?) -> Void
    ) {
        for row in rows {
            let (sample, window) = row.quotientAndRemainder(dividingBy: output.product)
            let (plane, column) = window.quotientAndRemainder(dividingBy: output.width)
            let (slice, line) = plane.quotientAndRemainder(dividingBy: output.height)
            let z0 = slice * strides.depth - padding.depth
            let y0 = line * strides.height - padding.height
            let x0 = column * strides.width - padding.width
            var element = 0
            for dz in 0..<size.depth {
                let z = z0 + dz * dilation.depth
                for dy in 0..<size.height {
                    let y = y0 + dy * dilation.height
                    let isInside = z >= 0 && z < input.depth && y >= 0 && y < input.height
                    let start = ((sample * input.depth + z) * input.height + y) * input.width
                    for dx in 0..<size.width {
                        let x = x0 + dx * dilation.width
                        let offset = isInside && x >= 0 && x < input.width ? (start + x) * placeStride : nil
                        body(row, element, offset)
                        element += 1
                    }
                }
            }
        }
    }
}
