extension ArrayLayout {
    /// Writes elements of this layout as little-endian C order, in pieces, in a fixed amount of memory.
    /// - Parameters:
    ///   - source: All elements, anywhere in memory; a mapped file is read once in C order, page by page in
    ///     Fortran order.
    ///   - sink: Receives the pieces in order; they are valid during the call alone.
    /// - Throws: `.malformed` when `source` has another length than the layout, and what `sink` throws.
    public func writeCanonical(
        _ source: UnsafeRawBufferPointer, to sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        guard source.count == byteCount else {
            throw Problem(
                .malformed,
                "An array of shape \(shape) and dtype \(dtype.rawValue) takes \(byteCount) bytes, "
                    + "but there are \(source.count).")
        }
        if isCanonical {
            for start in stride(from: 0, to: source.count, by: Self.pieceSize) {
                let end = min(start + Self.pieceSize, source.count)
                try sink(UnsafeRawBufferPointer(rebasing: source[start..<end]))
            }
            return
        }
        switch dtype.size {
        case 1: try gather(source, as: UInt8.self, to: sink)
        case 2: try gather(source, as: UInt16.self, to: sink)
        case 4: try gather(source, as: UInt32.self, to: sink)
        default: try gather(source, as: UInt64.self, to: sink)
        }
    }

    /// The most bytes handed to a sink at once; a multiple of every element's size.
    static let pieceSize = 1 << 20

    /// Visits the elements in C order, wherever they lie, and sends them on byte-swapped where needed.
    private func gather<Element: FixedWidthInteger>(
        _ source: UnsafeRawBufferPointer, as type: Element.Type,
        to sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        guard elementCount > 0 else { return }
        let piece = UnsafeMutableBufferPointer<Element>.allocate(
            capacity: min(elementCount, Self.pieceSize / MemoryLayout<Element>.size))
        defer { piece.deallocate() }
        var walk = ElementWalk(self)
        var filled = 0
        repeat {
            var offset = walk.rowStart
            for _ in 0..<walk.rowLength {
                let element = source.loadUnaligned(
                    fromByteOffset: offset * MemoryLayout<Element>.size, as: Element.self)
                piece[filled] = canonical(element)
                filled += 1
                offset += walk.rowStride
                if filled == piece.count {
                    try sink(UnsafeRawBufferPointer(piece))
                    filled = 0
                }
            }
        } while walk.nextRow()
        if filled > 0 {
            try sink(UnsafeRawBufferPointer(UnsafeMutableBufferPointer(rebasing: piece[..<filled])))
        }
    }

    /// One element as canonical arrays hold it.
    @inline(__always)
    private func canonical<Element: FixedWidthInteger>(_ element: Element) -> Element {
        if dtype == .bool { return element == 0 ? 0 : 1 }
        return bigEndian ? Element(bigEndian: element) : Element(littleEndian: element)
    }
}

/// Walks over an array's innermost rows in C order; positions count elements of the array as it is stored.
private struct ElementWalk {
    private(set) var rowStart = 0
    let rowLength: Int
    let rowStride: Int
    private let sizes: [Int]
    private let strides: [Int]
    private var index: [Int]

    init(_ layout: ArrayLayout) {
        guard layout.isTransposed, let last = layout.shape.last else {
            (rowLength, rowStride, sizes, strides, index) = (layout.elementCount, 1, [], [], [])
            return
        }
        var strides: [Int] = []
        var stride = 1
        for size in layout.shape {
            strides.append(stride)
            stride *= size
        }
        rowLength = last
        rowStride = strides[strides.count - 1]
        sizes = layout.shape.dropLast()
        self.strides = strides.dropLast()
        index = Array(repeating: 0, count: sizes.count)
    }

    /// Steps to the next row; false when there is none.
    mutating func nextRow() -> Bool {
        for axis in sizes.indices.reversed() {
            index[axis] += 1
            rowStart += strides[axis]
            if index[axis] < sizes[axis] { return true }
            rowStart -= strides[axis] * sizes[axis]
            index[axis] = 0
        }
        return false
    }
}
