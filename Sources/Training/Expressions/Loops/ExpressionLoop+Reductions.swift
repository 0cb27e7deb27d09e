import Kernels

extension ExpressionLoop {
    /// y[o, i] = reduction of x[o, :, i]; sums are accumulated in double precision.
    func reduce(
        _ reduction: ExpressionReduction, _ x: UnsafePointer<Float>,
        into y: UnsafeMutablePointer<Float>
    ) {
        switch reduction {
        case .sum: sums(self, x, y, divisor: 1)
        case .mean: sums(self, x, y, divisor: Double(length))
        case .product:
            fold(self, x, y, 1.0) {
                $0 * Double($1)
            } result: {
                Float($0)
            }
        case .max:
            fold(self, x, y, -Float.infinity) {
                $1 > $0 || $1.isNaN ? $1 : $0
            } result: {
                $0
            }
        case .min:
            fold(self, x, y, Float.infinity) {
                $1 < $0 || $1.isNaN ? $1 : $0
            } result: {
                $0
            }
        case .argmax: positions(self, x, y) { $1 > $0 }
        case .argmin: positions(self, x, y) { $1 < $0 }
        }
    }

    /// d[o, n, i] += g[o, i] ∂y[o, i]/∂x[o, n, i]. Equal extremes share the gradient, as in TensorFlow.
    func accumulateSlope(
        of reduction: ExpressionReduction, _ x: UnsafePointer<Float>,
        _ y: UnsafePointer<Float>, _ g: UnsafePointer<Float>, into d: UnsafeMutablePointer<Float>
    ) {
        switch reduction {
        case .sum: spread(self, g, d, factor: 1)
        case .mean: spread(self, g, d, factor: 1 / Float(length))
        case .max, .min: share(self, x, y, g, d)
        case .product: spreadProduct(self, x, g, d)
        case .argmax, .argmin: break
        }
    }

    /// y[o, n, i] = Σ x[o, 0…n, i].
    func cumulativeSum(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>) {
        forEachColumn(self) { start, _ in
            var sum: Float = 0
            for n in 0..<length {
                sum += x[start &+ n &* inner]
                y[start &+ n &* inner] = sum
            }
        }
    }

    /// d[o, n, i] += Σ g[o, n…, i], the slope of the cumulative sum.
    func accumulateSuffixSum(
        _ g: UnsafePointer<Float>, into d: UnsafeMutablePointer<Float>
    ) {
        forEachColumn(self) { start, _ in
            var sum: Float = 0
            for n in stride(from: length - 1, through: 0, by: -1) {
                sum += g[start &+ n &* inner]
                d[start &+ n &* inner] += sum
            }
        }
    }

    /// y = softmax(x) along the axis, or its logarithm.
    func softmax(isLogarithm: Bool, _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>) {
        if isLogarithm {
            Kernels.logSoftmax(x, to: y, outer: outer, axis: length, inner: inner)
        } else {
            Kernels.softmax(x, to: y, outer: outer, axis: length, inner: inner)
        }
    }

    /// d += the slope of the softmax or its logarithm; overwrites g with it.
    func accumulateSoftmaxSlope(
        isLogarithm: Bool, _ y: UnsafePointer<Float>, _ g: UnsafeMutablePointer<Float>,
        into d: UnsafeMutablePointer<Float>
    ) {
        if isLogarithm {
            Kernels.logSoftmaxBackward(y: y, dy: g, dx: g, outer: outer, axis: length, inner: inner)
        } else {
            Kernels.softmaxBackward(y: y, dy: g, dx: g, outer: outer, axis: length, inner: inner)
        }
        addElements(count, g, into: d)
    }
}

/// Calls `body` with the offset of each column's first element in x, and of the column in y.
@inline(__always)
private func forEachColumn(_ loop: ExpressionLoop, _ body: (_ start: Int, _ column: Int) -> Void) {
    for outer in 0..<loop.outer {
        for inner in 0..<loop.inner {
            body(outer &* loop.length &* loop.inner &+ inner, outer &* loop.inner &+ inner)
        }
    }
}

@inline(__always)
private func fold<Value>(
    _ loop: ExpressionLoop, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ initial: Value,
    _ next: (Value, Float) -> Value, result: (Value) -> Float
) {
    forEachColumn(loop) { start, column in
        var value = initial
        for n in 0..<loop.length { value = next(value, x[start &+ n &* loop.inner]) }
        y[column] = result(value)
    }
}

/// The first place of the extreme; the first NaN is more extreme than any number.
@inline(__always)
private func positions(
    _ loop: ExpressionLoop, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
    _ isBetter: (_ best: Float, _ next: Float) -> Bool
) {
    forEachColumn(loop) { start, column in
        var place = 0
        var best = x[start]
        for n in 1..<max(loop.length, 1) {
            let next = x[start &+ n &* loop.inner]
            if isBetter(best, next) || (next.isNaN && !best.isNaN) { (place, best) = (n, next) }
        }
        y[column] = Float(place)
    }
}

private func sums(
    _ loop: ExpressionLoop, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, divisor: Double
) {
    if loop.inner == 1 {
        for outer in 0..<loop.outer {
            y[outer] = Float(rowSum(x + (outer &* loop.length), loop.length) / divisor)
        }
        return
    }
    for outer in 0..<loop.outer {
        let block = x + (outer &* loop.length &* loop.inner)
        let target = y + (outer &* loop.inner)
        var column = 0
        while column &+ 8 <= loop.inner {
            var sum = SIMD8<Double>(repeating: 0)
            for n in 0..<loop.length { sum += load(block + (n &* loop.inner &+ column)) }
            sum /= divisor
            for lane in 0..<8 { target[column &+ lane] = Float(sum[lane]) }
            column &+= 8
        }
        while column < loop.inner {
            var sum = 0.0
            for n in 0..<loop.length { sum += Double(block[n &* loop.inner &+ column]) }
            target[column] = Float(sum / divisor)
            column &+= 1
        }
    }
}

@inline(__always)
private func load(_ x: UnsafePointer<Float>) -> SIMD8<Double> {
    SIMD8<Double>(UnsafeRawPointer(x).loadUnaligned(as: SIMD8<Float>.self))
}

private func rowSum(_ x: UnsafePointer<Float>, _ count: Int) -> Double {
    var lanes = SIMD8<Double>(repeating: 0)
    var index = 0
    while index &+ 8 <= count {
        lanes += load(x + index)
        index &+= 8
    }
    var sum = lanes.sum()
    while index < count {
        sum += Double(x[index])
        index &+= 1
    }
    return sum
}

private func spread(
    _ loop: ExpressionLoop, _ g: UnsafePointer<Float>, _ d: UnsafeMutablePointer<Float>, factor: Float
) {
    for outer in 0..<loop.outer {
        let source = g + (outer &* loop.inner)
        for n in 0..<loop.length {
            let target = d + ((outer &* loop.length &+ n) &* loop.inner)
            for inner in 0..<loop.inner { target[inner] += source[inner] * factor }
        }
    }
}

private func share(
    _ loop: ExpressionLoop, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>,
    _ g: UnsafePointer<Float>, _ d: UnsafeMutablePointer<Float>
) {
    forEachColumn(loop) { start, column in
        var count: Float = 0
        for n in 0..<loop.length where x[start &+ n &* loop.inner] == y[column] { count += 1 }
        let part = g[column] / count
        for n in 0..<loop.length where x[start &+ n &* loop.inner] == y[column] {
            d[start &+ n &* loop.inner] += part
        }
    }
}

/// The product of all others: the whole divided by the element, or, past a zero, the rest multiplied.
private func spreadProduct(
    _ loop: ExpressionLoop, _ x: UnsafePointer<Float>, _ g: UnsafePointer<Float>,
    _ d: UnsafeMutablePointer<Float>
) {
    forEachColumn(loop) { start, column in
        var zeros = 0
        var rest = 1.0
        for n in 0..<loop.length {
            let value = x[start &+ n &* loop.inner]
            if value == 0 { zeros &+= 1 } else { rest *= Double(value) }
        }
        guard zeros < 2 else { return }
        for n in 0..<loop.length {
            let place = start &+ n &* loop.inner
            if zeros == 0 {
                d[place] += g[column] * Float(rest / Double(x[place]))
            } else if x[place] == 0 {
                d[place] += g[column] * Float(rest)
            }
        }
    }
}
