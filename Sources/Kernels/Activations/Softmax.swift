/// Softmax and log-softmax along one axis of a span seen as `[outer, axis, inner]`; with `inner` 1 the axis is
/// the last. A result may overwrite the operand it is the shape of.

/// `y = e^x / Σ e^x` along the axis.
public func softmax(
    _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, outer: Int, axis: Int, inner: Int = 1
) {
    if inner == 1 {
        for row in 0..<outer { softmaxRow(x + row * axis, to: y + row * axis, count: axis) }
        return
    }
    forEachStrip(outer: outer, axis: axis, inner: inner) { offset, lanes in
        let peak = largest(x + offset, axis: axis, stride: inner, lanes: lanes)
        var total = Vector()
        for step in 0..<axis {
            let e = exponentialOfNegative(Vector(at: x + offset + step * inner, count: lanes) - peak)
            total += e
            e.store(to: y + offset + step * inner, count: lanes)
        }
        for step in 0..<axis {
            let e = Vector(at: UnsafePointer(y) + offset + step * inner, count: lanes)
            (e / total).store(to: y + offset + step * inner, count: lanes)
        }
    }
}

/// `dx = y · (dy − Σ y · dy)` along the axis, where `y = softmax(x)`; `dx` may be `dy`.
public func softmaxBackward(
    y: UnsafePointer<Float>, dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>, outer: Int, axis: Int,
    inner: Int = 1
) {
    if inner == 1 {
        for offset in stride(from: 0, to: outer * axis, by: max(axis, 1)) {
            let product = Vector(repeating: shortDot(y + offset, dy + offset, count: axis))
            map(y + offset, dy + offset, to: dx + offset, count: axis) { $0 * ($1 - product) }
        }
        return
    }
    forEachStrip(outer: outer, axis: axis, inner: inner) { offset, lanes in
        var product = Vector()
        for at in stride(from: offset, to: offset + axis * inner, by: inner) {
            product.addProduct(Vector(at: y + at, count: lanes), Vector(at: dy + at, count: lanes))
        }
        for at in stride(from: offset, to: offset + axis * inner, by: inner) {
            let slope = Vector(at: dy + at, count: lanes) - product
            (Vector(at: y + at, count: lanes) * slope).store(to: dx + at, count: lanes)
        }
    }
}

/// `y = x − ln Σ e^x` along the axis.
public func logSoftmax(
    _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, outer: Int, axis: Int, inner: Int = 1
) {
    if inner == 1 {
        for row in 0..<outer { logSoftmaxRow(x + row * axis, to: y + row * axis, count: axis) }
        return
    }
    forEachStrip(outer: outer, axis: axis, inner: inner) { offset, lanes in
        let peak = largest(x + offset, axis: axis, stride: inner, lanes: lanes)
        var total = Vector()
        for step in 0..<axis {
            total += exponentialOfNegative(Vector(at: x + offset + step * inner, count: lanes) - peak)
        }
        let logTotal = logarithm(total)
        for step in 0..<axis {
            let shifted = Vector(at: x + offset + step * inner, count: lanes) - peak
            (shifted - logTotal).store(to: y + offset + step * inner, count: lanes)
        }
    }
}

/// `dx = dy − e^y · Σ dy` along the axis, where `y = logSoftmax(x)`; `dx` may be `dy`.
public func logSoftmaxBackward(
    y: UnsafePointer<Float>, dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>, outer: Int, axis: Int,
    inner: Int = 1
) {
    if inner == 1 {
        for offset in stride(from: 0, to: outer * axis, by: max(axis, 1)) {
            let total = Vector(repeating: Float(sum(dy + offset, count: axis)))
            map(y + offset, dy + offset, to: dx + offset, count: axis) {
                $1 - exponentialOfNegative($0) * total
            }
        }
        return
    }
    forEachStrip(outer: outer, axis: axis, inner: inner) { offset, lanes in
        var total = Vector()
        for at in stride(from: offset, to: offset + axis * inner, by: inner) {
            total += Vector(at: dy + at, count: lanes)
        }
        for at in stride(from: offset, to: offset + axis * inner, by: inner) {
            let share = exponentialOfNegative(Vector(at: y + at, count: lanes)) * total
            (Vector(at: dy + at, count: lanes) - share).store(to: dx + at, count: lanes)
        }
    }
}

/// Softmax of one row of neighbours.
@inline(__always)
private func softmaxRow(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
    guard count > 0 else { return }
    let peak = Vector(repeating: maximum(x, count: count))
    var total = Vector()
    forEachVector(count) {
        let e = exponentialOfNegative(Vector(at: x + $0) - peak)
        total += e
        e.store(to: y + $0)
    } rest: {
        let e = exponentialOfNegative(Vector(at: x + $0, count: $1, padding: -.infinity) - peak)
        // Padding is −∞ and adds nothing, unless the peak is −∞ too: then the row is NaN anyway.
        total += e
        e.store(to: y + $0, count: $1)
    }
    let sum = total.total
    map(y, to: y, count: count) { $0 / sum }
}

/// Log-softmax of one row of neighbours.
@inline(__always)
private func logSoftmaxRow(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
    guard count > 0 else { return }
    let peak = Vector(repeating: maximum(x, count: count))
    var total = Vector()
    forEachVector(count) {
        total += exponentialOfNegative(Vector(at: x + $0) - peak)
    } rest: {
        total += exponentialOfNegative(Vector(at: x + $0, count: $1, padding: -.infinity) - peak)
    }
    let logTotal = logarithm(Vector(repeating: total.total))
    map(x, to: y, count: count) { $0 - peak - logTotal }
}

/// The largest element along the axis in each lane of a strip; NaN where there is one.
@inline(__always)
private func largest(_ x: UnsafePointer<Float>, axis: Int, stride: Int, lanes: Int) -> Vector {
    var peak = Vector(repeating: -.infinity)
    for step in 0..<axis {
        let value = Vector(at: x + step * stride, count: lanes)
        peak = select((value .> peak) .| (value .!= value), value, peak)
    }
    return peak
}

/// Visits strips of up to eight neighbours along `inner`: where each begins, and how wide it is.
@inline(__always)
func forEachStrip(outer: Int, axis: Int, inner: Int, _ body: (_ offset: Int, _ lanes: Int) -> Void) {
    for block in 0..<outer {
        for lane in stride(from: 0, to: inner, by: 8) {
            body(block * axis * inner + lane, min(8, inner - lane))
        }
    }
}
