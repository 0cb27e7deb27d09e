/// Functions of each float of a span, at most about 2 units in the last place from the true value; infinities,
/// NaN and denormals as the C library has them. `y` may be `x`.

/// `y = e^x`.
public func exp(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
    map(x, to: y, count: count) { exponential($0) }
}

/// `y = e^x − 1`, exact to the last places near zero.
public func expm1(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
    map(x, to: y, count: count) { exponentialMinusOne($0) }
}

/// `y = ln x`: −∞ at zero, NaN below.
public func log(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
    map(x, to: y, count: count) { logarithm($0) }
}

/// `y = ln(1 + x)`, exact to the last places near zero.
public func log1p(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
    map(x, to: y, count: count) { logarithmOfOnePlus($0) }
}

/// `y = tanh x`.
public func tanh(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
    map(x, to: y, count: count) { hyperbolicTangent($0) }
}

/// `y = 1 / (1 + e^−x)`.
public func sigmoid(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
    map(x, to: y, count: count) { logistic($0) }
}

/// `y = ln(1 + e^x)`.
public func softplus(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
    map(x, to: y, count: count) { softplus($0) }
}

/// `y = erf x`.
public func erf(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
    map(x, to: y, count: count) { errorFunction($0) }
}

/// `y = √x`, correctly rounded; NaN below zero.
public func sqrt(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
    map(x, to: y, count: count) { $0.squareRoot() }
}

/// `y = x²`.
public func square(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
    map(x, to: y, count: count) { $0 * $0 }
}

/// `y = |x|`.
public func absolute(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
    map(x, to: y, count: count) { $0.magnitudes }
}

/// `y = −x`.
public func negate(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
    map(x, to: y, count: count) { -$0 }
}

/// `y = 1 / x`.
public func reciprocal(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
    map(x, to: y, count: count) { 1 / $0 }
}

/// `y` is −1, 0 or 1 by the sign of `x`; NaN stays.
public func sign(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
    map(x, to: y, count: count) { signs($0) }
}

/// −1, 0 or 1 by the lanes' signs; NaN stays.
@inline(__always)
func signs(_ x: Vector) -> Vector {
    (select(x .> 0, 1, 0) - select(x .< 0, 1, 0)).replacing(with: .nan, where: x .!= x)
}
