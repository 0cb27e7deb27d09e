/// Poolings over `Windows`; output and its gradient are `[batch, output…, channels]`. The padding counts for
/// nothing, as in Keras. Rows are windows, numbered through the batch; a gradient's rows of one sample must not be
/// added by two threads at once.

/// `y = max` of each window; NaN where one is in it.
public func maxPool(
    _ x: UnsafePointer<Float>, _ windows: Windows, rows: Range<Int>, to y: UnsafeMutablePointer<Float>
) {
    let channels = windows.channels
    windows.forEachElement(rows: rows) { row, element, offset in
        let target = y + row * channels
        if element == 0 { fill(target, count: channels, with: -.infinity) }
        guard let offset else { return }
        map(target, x + offset, to: target, count: channels) { select(($1 .> $0) .| ($1 .!= $1), $1, $0) }
    }
}

/// Adds to `dx` each window's gradient, at the first of the window's largest elements.
///
/// - `y`: what `maxPool` gave.
/// - `dx`: zeros, or a gradient to add to.
public func maxPoolBackward(
    x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafePointer<Float>, _ windows: Windows,
    rows: Range<Int>, dx: UnsafeMutablePointer<Float>
) {
    let channels = windows.channels
    for row in rows {
        let origin = windows.origin(row)
        for first in stride(from: 0, to: channels, by: 8) {
            let (lanes, at) = (min(8, channels - first), row * channels + first)
            let peak = Vector(at: y + at, lanes: lanes)
            var left = Vector(at: dy + at, lanes: lanes)
            windows.forEachElement(from: origin) { _, offset in
                guard let offset else { return }
                let value = Vector(at: x + offset + first, lanes: lanes)
                let isPeak = (value .== peak) .| (value .!= value)
                let sum = Vector(at: dx + offset + first, lanes: lanes) + select(isPeak, left, Vector())
                sum.store(to: dx + offset + first, lanes: lanes)
                left = select(isPeak, Vector(), left)
            }
        }
    }
}

/// `y` = mean of each window's elements that lie inside the input.
public func averagePool(
    _ x: UnsafePointer<Float>, _ windows: Windows, rows: Range<Int>, to y: UnsafeMutablePointer<Float>
) {
    let channels = windows.channels
    var count: Float = 0
    windows.forEachElement(rows: rows) { row, element, offset in
        let target = y + row * channels
        if element == 0 {
            fill(target, count: channels, with: 0)
            count = 0
        }
        if let offset {
            map(target, x + offset, to: target, count: channels) { $0 + $1 }
            count += 1
        }
        if element == windows.size.product - 1 { map(target, to: target, count: channels) { $0 / count } }
    }
}

/// Adds to `dx` each window's gradient, shared evenly by its elements inside the input.
public func averagePoolBackward(
    dy: UnsafePointer<Float>, _ windows: Windows, rows: Range<Int>, dx: UnsafeMutablePointer<Float>
) {
    let channels = windows.channels
    for row in rows {
        var count: Float = 0
        windows.forEachElement(rows: row..<(row + 1)) { _, _, offset in if offset != nil { count += 1 } }
        windows.forEachElement(rows: row..<(row + 1)) { _, _, offset in
            guard let offset else { return }
            map(dx + offset, dy + row * channels, to: dx + offset, count: channels) { $0 + $1 / count }
        }
    }
}
