/// Lays out windows as rows: row r of `columns` (`[rows, windowCount]`) holds window `rows.lowerBound + r`, its
/// elements in the order `[depth, height, width, channels]` of Keras's kernels, zeros where it hangs over the edge.
public func imageToColumns(
    _ x: UnsafePointer<Float>, _ windows: Windows, rows: Range<Int>, to columns: UnsafeMutablePointer<Float>
) {
    let channels = windows.channels
    if windows.hasWholeLines {
        let count = windows.size.width * channels
        return windows.forEachLine(rows: rows) { row, line, inside, offset in
            let target = columns + (row - rows.lowerBound) * windows.windowCount + line * count
            for index in 0..<inside.lowerBound { target[index] = 0 }
            copyShort(x + offset, to: target + inside.lowerBound, count: inside.count)
            for index in inside.upperBound..<count { target[index] = 0 }
        }
    }
    windows.forEachElement(rows: rows) { row, element, offset in
        let target = columns + (row - rows.lowerBound) * windows.windowCount + element * channels
        if let offset {
            copyShort(x + offset, to: target, count: channels)
        } else {
            for channel in 0..<channels { target[channel] = 0 }
        }
    }
}

/// Adds windows laid out by `imageToColumns` back to where they came from, in the order of the rows: the gradient
/// of `imageToColumns`. Rows of one sample must not be added by two threads at once.
public func columnsToImage(
    _ columns: UnsafePointer<Float>, _ windows: Windows, rows: Range<Int>, to x: UnsafeMutablePointer<Float>
) {
    let channels = windows.channels
    if windows.hasWholeLines {
        let count = windows.size.width * channels
        return windows.forEachLine(rows: rows) { row, line, inside, offset in
            let source = columns + (row - rows.lowerBound) * windows.windowCount + line * count
            map(x + offset, source + inside.lowerBound, to: x + offset, count: inside.count) { $0 + $1 }
        }
    }
    windows.forEachElement(rows: rows) { row, element, offset in
        guard let offset else { return }
        let source = columns + (row - rows.lowerBound) * windows.windowCount + element * channels
        map(x + offset, source, to: x + offset, count: channels) { $0 + $1 }
    }
}

/// Copies a few floats without a call.
@inline(__always)
func copyShort(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int) {
    var index = 0
    while index + 8 <= count {
        Vector(at: source + index).store(to: target + index)
        index += 8
    }
    while index < count {
        target[index] = source[index]
        index += 1
    }
}
