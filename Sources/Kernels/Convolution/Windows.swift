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
        for row in rows { forEachElement(from: origin(row)) { body(row, $0, $1) } }
    }

    /// Where a window begins in the input, which may be in the padding.
    struct Origin {
        var sample, depth, height, width: Int
    }

    /// Where a row's window begins.
    @inline(__always)
    func origin(_ row: Int) -> Origin {
        let (sample, window) = row.quotientAndRemainder(dividingBy: output.product)
        let (plane, column) = window.quotientAndRemainder(dividingBy: output.width)
        let (slice, line) = plane.quotientAndRemainder(dividingBy: output.height)
        return Origin(
            sample: sample, depth: slice * strides.depth - padding.depth,
            height: line * strides.height - padding.height, width: column * strides.width - padding.width)
    }

    /// The elements of a window that lie inside the input.
    struct Inside {
        /// Where the first one is.
        var first: Int
        /// How many there are, and the steps from one to the next.
        var count, step: Axes

        /// Calls `body` for each, with where its channels begin.
        @inline(__always)
        func forEach(_ body: (_ offset: Int) -> Void) {
            for z in 0..<count.depth {
                for y in 0..<count.height {
                    let line = first + z * step.depth + y * step.height
                    for x in 0..<count.width { body(line + x * step.width) }
                }
            }
        }
    }

    /// Calls `body` for each window of the rows given with what of it lies inside the input.
    @inline(__always)
    func forEachInside(rows: Range<Int>, _ body: (_ row: Int, _ inside: Inside) -> Void) {
        var place = origin(rows.lowerBound)
        for row in rows {
            body(row, inside(place))
            place.width += strides.width
            if place.width < output.width * strides.width - padding.width { continue }
            place.width = -padding.width
            place.height += strides.height
            if place.height < output.height * strides.height - padding.height { continue }
            place.height = -padding.height
            place.depth += strides.depth
            if place.depth < output.depth * strides.depth - padding.depth { continue }
            place.depth = -padding.depth
            place.sample += 1
        }
    }

    @inline(__always)
    private func inside(_ origin: Origin) -> Inside {
        let (z, depths) = Self.inside(origin.depth, size.depth, dilation.depth, input.depth)
        let (y, heights) = Self.inside(origin.height, size.height, dilation.height, input.height)
        let (x, widths) = Self.inside(origin.width, size.width, dilation.width, input.width)
        let line = (origin.sample * input.depth + z) * input.height + y
        return Inside(
            first: (line * input.width + x) * placeStride, count: Axes(depths, heights, widths),
            step: Axes(
                dilation.depth * input.height * input.width * placeStride,
                dilation.height * input.width * placeStride, dilation.width * placeStride))
    }

    /// The first place of a window that is not before the input's, and how many from there on are not behind it.
    @inline(__always)
    private static func inside(_ start: Int, _ size: Int, _ step: Int, _ length: Int) -> (Int, Int) {
        if start >= 0, start + (size - 1) * step < length { return (start, size) }
        let skipped = start < 0 ? (step - 1 - start) / step : 0
        let first = start + skipped * step
        let left = first < length ? (length - 1 - first) / step + 1 : 0
        return (first, max(0, min(size - skipped, left)))
    }

    /// Calls `body` for each element of a window.
    @inline(__always)
    func forEachElement(from origin: Origin, _ body: (_ element: Int, _ offset: Int?) -> Void) {
        var element = 0
        forEachLine(from: origin) { start in
            for dx in 0..<size.width {
                let x = origin.width + dx * dilation.width
                let isInside = start != nil && x >= 0 && x < input.width
                body(element, isInside ? (start ?? 0) + x * placeStride : nil)
                element += 1
            }
        }
    }

    /// Calls `body` for each line of a window with where the line of the input begins, nil in the padding.
    @inline(__always)
    private func forEachLine(from origin: Origin, _ body: (_ start: Int?) -> Void) {
        for dz in 0..<size.depth {
            let z = origin.depth + dz * dilation.depth
            for dy in 0..<size.height {
                let y = origin.height + dy * dilation.height
                let isInside = z >= 0 && z < input.depth && y >= 0 && y < input.height
                let line = ((origin.sample * input.depth + z) * input.height + y) * input.width
                body(isInside ? line * placeStride : nil)
            }
        }
    }

    /// Whether a window's line lies in one piece in the input.
    var hasWholeLines: Bool { dilation.width == 1 && placeStride == channels }

    /// Calls `body` for each line of each window of the rows given, where lines are whole: the line in the window,
    /// the floats of it that lie inside the input, and where the first of these is.
    @inline(__always)
    func forEachLine(
        rows: Range<Int>, _ body: (_ row: Int, _ line: Int, _ inside: Range<Int>, _ offset: Int) -> Void
    ) {
        for row in rows {
            let origin = origin(row)
            let first = min(max(0, -origin.width), size.width)
            let last = max(first, min(size.width, input.width - origin.width))
            var line = 0
            forEachLine(from: origin) { start in
                if let start {
                    body(
                        row, line, first * channels..<last * channels,
                        start + (origin.width + first) * channels)
                } else {
                    body(row, line, 0..<0, 0)
                }
                line += 1
            }
        }
    }
}
