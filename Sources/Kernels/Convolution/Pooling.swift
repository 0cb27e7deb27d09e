/// Poolings over `Windows`; output and its gradient are `[batch, output…, channels]`. The padding counts for
/// nothing, as in Keras. Rows are windows, numbered through the batch; a gradient's rows of one sample must not be
/// added by two threads at once.

/// `y = max` of each window; NaN where one is in it.
public func maxPool(
    _ x: UnsafePointer<Float>, _ windows: Windows, rows: Range<Int>, to y: UnsafeMutablePointer<Float>
) {
    let channels = windows.channels
    windows.forEachInside(rows: rows) { row, inside in
        let y = y + row * channels
        forEachFour(channels) { at in
            let none = Vector(repeating: -.infinity)
            var (a, b, c, d) = (none, none, none, none)
            inside.forEach {
                let place = x + $0 + at
                a = larger(Vector(at: place), a)
                b = larger(Vector(at: place + 8), b)
                c = larger(Vector(at: place + 16), c)
                d = larger(Vector(at: place + 24), d)
            }
            a.store(to: y + at)
            b.store(to: y + at + 8)
            c.store(to: y + at + 16)
            d.store(to: y + at + 24)
        } rest: { at, lanes in
            var peak = Vector(repeating: -.infinity)
            inside.forEach { peak = larger(Vector(at: x + $0 + at, lanes: lanes), peak) }
            peak.store(to: y + at, lanes: lanes)
        }
    }
}

/// The larger of both; NaN if either is.
@inline(__always)
private func larger(_ value: Vector, _ peak: Vector) -> Vector {
    select((value .> peak) .| (value .!= value), value, peak)
}

/// Visits channels four vectors at a time, since a window has few elements, and the others one vector at a time.
@inline(__always)
private func forEachFour(
    _ channels: Int, _ body: (_ at: Int) -> Void, rest: (_ at: Int, _ lanes: Int) -> Void
) {
    var at = 0
    while at + 32 <= channels {
        body(at)
        at += 32
    }
    if at < channels { forEachPiece(channels - at) { rest(at + $0, $1) } }
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
    windows.forEachInside(rows: rows) { row, inside in
        let (y, dy) = (y + row * channels, dy + row * channels)
        forEachFour(channels) { at in
            var a = MaximumGradient(y + at, dy + at)
            var b = MaximumGradient(y + at + 8, dy + at + 8)
            var c = MaximumGradient(y + at + 16, dy + at + 16)
            var d = MaximumGradient(y + at + 24, dy + at + 24)
            inside.forEach {
                let (x, dx) = (x + $0 + at, dx + $0 + at)
                a.give(x, dx)
                b.give(x + 8, dx + 8)
                c.give(x + 16, dx + 16)
                d.give(x + 24, dx + 24)
            }
        } rest: { at, lanes in
            var gradient = MaximumGradient(y + at, dy + at, lanes: lanes)
            inside.forEach { gradient.give(x + $0 + at, dx + $0 + at, lanes: lanes) }
        }
    }
}

/// What is left of a window's gradient, until an element is found that is the largest.
private struct MaximumGradient {
    let peak: Vector
    var left: Vector

    @inline(__always)
    init(_ y: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, lanes: Int = 8) {
        peak = Vector(at: y, lanes: lanes)
        left = Vector(at: dy, lanes: lanes)
    }

    @inline(__always)
    mutating func give(_ x: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>, lanes: Int = 8) {
        let value = Vector(at: x, lanes: lanes)
        let isPeak = (value .== peak) .| (value .!= value)
        let sum = Vector(at: dx, lanes: lanes) + select(isPeak, left, Vector())
        sum.store(to: dx, lanes: lanes)
        left = select(isPeak, Vector(), left)
    }
}

/// `y` = mean of each window's elements that lie inside the input.
public func averagePool(
    _ x: UnsafePointer<Float>, _ windows: Windows, rows: Range<Int>, to y: UnsafeMutablePointer<Float>
) {
    let channels = windows.channels
    windows.forEachInside(rows: rows) { row, inside in
        let count = Float(inside.count.product)
        forEachPiece(channels) { at, lanes in
            var sum = Vector()
            inside.forEach { sum += Vector(at: x + $0 + at, lanes: lanes) }
            (sum / count).store(to: y + row * channels + at, lanes: lanes)
        }
    }
}

/// Adds to `dx` each window's gradient, shared evenly by its elements inside the input.
public func averagePoolBackward(
    dy: UnsafePointer<Float>, _ windows: Windows, rows: Range<Int>, dx: UnsafeMutablePointer<Float>
) {
    let channels = windows.channels
    windows.forEachInside(rows: rows) { row, inside in
        let count = Float(inside.count.product)
        forEachPiece(channels) { at, lanes in
            let share = Vector(at: dy + row * channels + at, lanes: lanes) / count
            inside.forEach {
                let place = dx + $0 + at
                (Vector(at: place, lanes: lanes) + share).store(to: place, lanes: lanes)
            }
        }
    }
}
