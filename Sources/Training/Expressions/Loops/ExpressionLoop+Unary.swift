import Kernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension ExpressionLoop {
    /// y = f(x), element by element.
    func apply(
        _ function: UnaryFunction, _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>
    ) {
        switch function {
        case .negative: Kernels.negate(x, to: y, count: count)
        case .absolute: Kernels.absolute(x, to: y, count: count)
        case .square: Kernels.square(x, to: y, count: count)
        case .sqrt: Kernels.sqrt(x, to: y, count: count)
        case .rsqrt: map(count, x, y) { 1 / $0.squareRoot() }
        case .reciprocal: Kernels.reciprocal(x, to: y, count: count)
        case .exp: Kernels.exp(x, to: y, count: count)
        case .expm1: Kernels.expm1(x, to: y, count: count)
        case .log: Kernels.log(x, to: y, count: count)
        case .log1p: Kernels.log1p(x, to: y, count: count)
        case .log2: map(count, x, y) { log2f($0) }
        case .log10: map(count, x, y) { log10f($0) }
        case .sin: map(count, x, y) { sinf($0) }
        case .cos: map(count, x, y) { cosf($0) }
        case .tan: map(count, x, y) { tanf($0) }
        case .arcsin: map(count, x, y) { asinf($0) }
        case .arccos: map(count, x, y) { acosf($0) }
        case .arctan: map(count, x, y) { atanf($0) }
        case .sinh: hyperbolic(count, x, y) { e, r, x in copysignf(0.5 * (e + r), x) }
        case .cosh: hyperbolic(count, x, y) { e, r, _ in 1 + 0.5 * e * r }
        case .tanh: Kernels.tanh(x, to: y, count: count)
        case .arcsinh: map(count, x, y) { asinhf($0) }
        case .arccosh: map(count, x, y) { acoshf($0) }
        case .arctanh: map(count, x, y) { atanhf($0) }
        case .sigmoid: Kernels.sigmoid(x, to: y, count: count)
        case .relu: map(count, x, y) { $0 < 0 ? 0 : $0 }
        case .softplus: Kernels.softplus(x, to: y, count: count)
        case .erf: Kernels.erf(x, to: y, count: count)
        case .sign: map(count, x, y) { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }
        case .floor: map(count, x, y) { $0.rounded(.down) }
        case .ceil: map(count, x, y) { $0.rounded(.up) }
        case .round: map(count, x, y) { $0.rounded(.toNearestOrEven) }
        case .truncate: map(count, x, y) { $0.rounded(.towardZero) }
        case .isNan: map(count, x, y) { $0.isNaN ? 1 : 0 }
        case .isFinite: map(count, x, y) { $0.isFinite ? 1 : 0 }
        case .isInfinite: map(count, x, y) { $0.isInfinite ? 1 : 0 }
        case .logicalNot: map(count, x, y) { $0 == 0 ? 1 : 0 }
        case .isNonzero: map(count, x, y) { $0 != 0 ? 1 : 0 }
        }
    }

    /// d += g f′(x), where y = f(x).
    func accumulateSlope(
        of function: UnaryFunction, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>,
        _ g: UnsafePointer<Float>, into d: UnsafeMutablePointer<Float>
    ) {
        switch function {
        case .negative: addSlope(count, x, y, g, d) { _, _, g in -g }
        case .absolute: addSlope(count, x, y, g, d) { x, _, g in x > 0 ? g : x < 0 ? -g : 0 }
        case .square: addSlope(count, x, y, g, d) { x, _, g in 2 * x * g }
        case .sqrt: addSlope(count, x, y, g, d) { _, y, g in 0.5 * g / y }
        case .rsqrt: addSlope(count, x, y, g, d) { _, y, g in -0.5 * g * y * y * y }
        case .reciprocal: addSlope(count, x, y, g, d) { _, y, g in -g * y * y }
        case .exp: addSlope(count, x, y, g, d) { _, y, g in g * y }
        case .expm1: addSlope(count, x, y, g, d) { _, y, g in g * (y + 1) }
        case .log: addSlope(count, x, y, g, d) { x, _, g in g / x }
        case .log1p: addSlope(count, x, y, g, d) { x, _, g in g / (1 + x) }
        case .log2: addSlope(count, x, y, g, d) { x, _, g in g / (x * 0.693_147_18) }
        case .log10: addSlope(count, x, y, g, d) { x, _, g in g / (x * 2.302_585_1) }
        case .sin: addSlope(count, x, y, g, d) { x, _, g in g * cosf(x) }
        case .cos: addSlope(count, x, y, g, d) { x, _, g in -g * sinf(x) }
        case .tan: addSlope(count, x, y, g, d) { _, y, g in g * (1 + y * y) }
        case .arcsin: addSlope(count, x, y, g, d) { x, _, g in g / (1 - x * x).squareRoot() }
        case .arccos: addSlope(count, x, y, g, d) { x, _, g in -g / (1 - x * x).squareRoot() }
        case .arctan: addSlope(count, x, y, g, d) { x, _, g in g / (1 + x * x) }
        case .sinh: addHyperbolicSlope(count, x, g, d) { e, r, _ in 1 + 0.5 * e * r }
        case .cosh: addHyperbolicSlope(count, x, g, d) { e, r, x in copysignf(0.5 * (e + r), x) }
        case .tanh: addSlope(count, x, y, g, d) { _, y, g in g * (1 - y * y) }
        case .arcsinh: addSlope(count, x, y, g, d) { x, _, g in g / (1 + x * x).squareRoot() }
        case .arccosh: addSlope(count, x, y, g, d) { x, _, g in g / (x * x - 1).squareRoot() }
        case .arctanh: addSlope(count, x, y, g, d) { x, _, g in g / (1 - x * x) }
        case .sigmoid: addSlope(count, x, y, g, d) { _, y, g in g * y * (1 - y) }
        case .relu: addSlope(count, x, y, g, d) { x, _, g in x > 0 ? g : 0 }
        case .softplus: addSoftplusSlope(count, x, g, d)
        case .erf: addErrorFunctionSlope(count, x, g, d)
        case .sign, .floor, .ceil, .round, .truncate, .isNan, .isFinite, .isInfinite, .logicalNot, .isNonzero:
            break
        }
    }
}

@inline(__always)
private func map(
    _ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ function: (Float) -> Float
) {
    for index in 0..<count { y[index] = function(x[index]) }
}

@inline(__always)
private func addSlope(
    _ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ g: UnsafePointer<Float>,
    _ d: UnsafeMutablePointer<Float>, _ slope: (_ x: Float, _ y: Float, _ g: Float) -> Float
) {
    for index in 0..<count { d[index] += slope(x[index], y[index], g[index]) }
}

/// sinh x = ±(e + r) / 2 and cosh x = 1 + e r / 2, where e = e^|x| - 1 and r = e / (e + 1).
@inline(__always)
private func hyperbolic(
    _ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
    _ function: (_ e: Float, _ r: Float, _ x: Float) -> Float
) {
    inPieces(count) { start, length, scratch in
        Kernels.absolute(x + start, to: scratch, count: length)
        Kernels.expm1(scratch, to: scratch, count: length)
        for index in 0..<length {
            let e = scratch[index]
            y[start &+ index] = function(e, e > 1e8 ? 1 : e / (e + 1), x[start &+ index])
        }
    }
}

/// d += g f(x), where f is a hyperbolic function.
@inline(__always)
private func addHyperbolicSlope(
    _ count: Int, _ x: UnsafePointer<Float>, _ g: UnsafePointer<Float>, _ d: UnsafeMutablePointer<Float>,
    _ function: (_ e: Float, _ r: Float, _ x: Float) -> Float
) {
    inPieces(count) { start, length, scratch in
        hyperbolic(length, x + start, scratch, function)
        Kernels.addProduct(g + start, scratch, to: d + start, count: length)
    }
}

/// d += g σ(x).
private func addSoftplusSlope(
    _ count: Int, _ x: UnsafePointer<Float>, _ g: UnsafePointer<Float>, _ d: UnsafeMutablePointer<Float>
) {
    inPieces(count) { start, length, scratch in
        Kernels.sigmoid(x + start, to: scratch, count: length)
        Kernels.addProduct(g + start, scratch, to: d + start, count: length)
    }
}

/// d += g 2/√π e^(-x²).
private func addErrorFunctionSlope(
    _ count: Int, _ x: UnsafePointer<Float>, _ g: UnsafePointer<Float>, _ d: UnsafeMutablePointer<Float>
) {
    inPieces(count) { start, length, scratch in
        for index in 0..<length { scratch[index] = -x[start &+ index] * x[start &+ index] }
        Kernels.exp(scratch, to: scratch, count: length)
        Kernels.multiply(scratch, 1.128_379_2, to: scratch, count: length)
        Kernels.addProduct(g + start, scratch, to: d + start, count: length)
    }
}

/// Calls `body` for pieces that are short enough for scratch space on the stack.
@inline(__always)
private func inPieces(
    _ count: Int, _ body: (_ start: Int, _ length: Int, _ scratch: UnsafeMutablePointer<Float>) -> Void
) {
    let width = 256
    withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { scratch in
        guard let base = scratch.baseAddress else { return }
        for start in stride(from: 0, to: count, by: width) { body(start, min(width, count - start), base) }
    }
}

/// d += x.
func addElements(_ count: Int, _ x: UnsafePointer<Float>, into d: UnsafeMutablePointer<Float>) {
    Kernels.add(x, d, to: d, count: count)
}
