/// Losses that compare each prediction p with its target t by itself, as keras/src/losses/losses.py defines them before
/// it takes the mean.
public enum ElementwiseLoss: Sendable, Hashable {
    /// `(p − t)²`.
    case squaredError
    /// `|p − t|`.
    case absoluteError
    /// `100 |p − t| / max(|t|, ε)`.
    case absolutePercentageError
    /// `(ln(1 + max(p, ε)) − ln(1 + max(t, ε)))²`.
    case squaredLogarithmicError
    /// `½ e²` where `|e| ≤ delta`, else `delta |e| − ½ delta²`, with `e = p − t`.
    case huber(delta: Float)
    /// `ln cosh(p − t)`.
    case logCosh
    /// `max(1 − t p, 0)`; `isBinary` says that the targets are 0 and 1 and stand for −1 and 1.
    case hinge(isBinary: Bool)
    /// `max(1 − t p, 0)²`.
    case squaredHinge(isBinary: Bool)
    /// `t ln(t / p)`, both held to `[ε, 1]`.
    case divergence
    /// `p − t ln(p + ε)`.
    case poisson
    /// `−t ln p − (1 − t) ln(1 − p)`, p held to `[ε, 1 − ε]`; or of the sigmoid of logits. `smoothing` pulls t to ½.
    case binaryCrossentropy(fromLogits: Bool, smoothing: Float)
    /// The binary crossentropy times `(1 − p_t)^gamma`, where `p_t` is how probable the target is, and times `alpha` or
    /// `1 − alpha` for the two classes if these are given.
    case binaryFocalCrossentropy(fromLogits: Bool, smoothing: Float, gamma: Float, alpha: Float?)

    /// Writes the losses of `count` predictions.
    public func values(
        _ target: UnsafePointer<Float>, _ prediction: UnsafePointer<Float>,
        to values: UnsafeMutablePointer<Float>, count: Int
    ) {
        @inline(__always)
        func write(_ function: (Vector, Vector) -> Vector) {
            map(target, prediction, to: values, count: count, function)
        }
        switch self {
        case .squaredError: write { ($1 - $0) * ($1 - $0) }
        case .absoluteError: write { ($1 - $0).magnitudes }
        case .absolutePercentageError: write { ($0 - $1).magnitudes / percentageBase($0) * 100 }
        case .squaredLogarithmicError:
            write { t, p in
                let difference =
                    logarithm(p.atLeast(Vector(repeating: epsilon)) + 1)
                    - logarithm(t.atLeast(Vector(repeating: epsilon)) + 1)
                return difference * difference
            }
        case .huber(let delta):
            write { t, p in
                let size = (p - t).magnitudes
                return select(size .<= delta, size * size * 0.5, size * delta - 0.5 * delta * delta)
            }
        case .logCosh: write { $1 - $0 + softplus(($1 - $0) * -2) - 0.693_147_18 }
        case .hinge(let isBinary): write { (1 - side($0, isBinary) * $1).atLeast(Vector()) }
        case .squaredHinge(let isBinary):
            write {
                let lack = (1 - side($0, isBinary) * $1).atLeast(Vector())
                return lack * lack
            }
        case .divergence:
            write { t, p in
                let held = t.clipped(epsilon, 1)
                return held * logarithm(held / p.clipped(epsilon, 1))
            }
        case .poisson: write { $1 - $0 * logarithm($1 + epsilon) }
        case .binaryCrossentropy(let fromLogits, let smoothing):
            if fromLogits {
                write { crossentropyOfLogit(smoothed($0, smoothing), $1) }
            } else {
                write { crossentropy(smoothed($0, smoothing), $1) }
            }
        case .binaryFocalCrossentropy(let fromLogits, let smoothing, let gamma, let alpha):
            write { t, x in
                let t = smoothed(t, smoothing)
                let p = fromLogits ? logistic(x) : x
                let loss = fromLogits ? crossentropyOfLogit(t, x) : crossentropy(t, x)
                return classWeight(t, alpha) * power(1 - likelihood(t, p), gamma) * loss
            }
        }
    }

    /// Writes the derivatives of the losses by the predictions; these are TensorFlow's where there is no derivative.
    public func derivatives(
        _ target: UnsafePointer<Float>, _ prediction: UnsafePointer<Float>,
        to derivatives: UnsafeMutablePointer<Float>, count: Int
    ) {
        @inline(__always)
        func write(_ function: (Vector, Vector) -> Vector) {
            map(target, prediction, to: derivatives, count: count, function)
        }
        switch self {
        case .squaredError: write { ($1 - $0) * 2 }
        case .absoluteError: write { signs($1 - $0) }
        case .absolutePercentageError: write { signs($1 - $0) / percentageBase($0) * 100 }
        case .squaredLogarithmicError:
            write { t, p in
                let held = p.atLeast(Vector(repeating: epsilon)) + 1
                let slope =
                    (logarithm(held) - logarithm(t.atLeast(Vector(repeating: epsilon)) + 1)) * 2 / held
                return slope.replacing(with: 0, where: p .< epsilon)
            }
        case .huber(let delta): write { ($1 - $0).clipped(-delta, delta) }
        case .logCosh: write { hyperbolicTangent($1 - $0) }
        case .hinge(let isBinary):
            write {
                let sign = side($0, isBinary)
                return (-sign).replacing(with: 0, where: 1 - sign * $1 .< 0)
            }
        case .squaredHinge(let isBinary):
            write {
                let sign = side($0, isBinary)
                return (1 - sign * $1).atLeast(Vector()) * sign * -2
            }
        case .divergence:
            write { t, p in
                (-t.clipped(epsilon, 1) / p).replacing(with: 0, where: (p .< epsilon) .| (p .> 1))
            }
        case .poisson: write { 1 - $0 / ($1 + epsilon) }
        case .binaryCrossentropy(let fromLogits, let smoothing):
            if fromLogits {
                write { logistic($1) - smoothed($0, smoothing) }
            } else {
                write { crossentropySlope(smoothed($0, smoothing), $1) }
            }
        case .binaryFocalCrossentropy(let fromLogits, let smoothing, let gamma, let alpha):
            write { t, x in
                let t = smoothed(t, smoothing)
                let p = fromLogits ? logistic(x) : x
                let loss = fromLogits ? crossentropyOfLogit(t, x) : crossentropy(t, x)
                let lossSlope = fromLogits ? p - t : crossentropySlope(t, x)
                let rest = 1 - likelihood(t, p)
                var factorSlope = power(rest, gamma - 1) * (t * 2 - 1) * -gamma
                if fromLogits { factorSlope *= p * (1 - p) }
                if gamma == 0 { factorSlope = Vector() }
                return classWeight(t, alpha) * (power(rest, gamma) * lossSlope + factorSlope * loss)
            }
        }
    }
}

@inline(__always)
private func percentageBase(_ t: Vector) -> Vector { t.magnitudes.atLeast(Vector(repeating: epsilon)) }

@inline(__always)
private func side(_ t: Vector, _ isBinary: Bool) -> Vector { isBinary ? t * 2 - 1 : t }

@inline(__always)
func smoothed(_ t: Vector, _ smoothing: Float) -> Vector { t * (1 - smoothing) + 0.5 * smoothing }

@inline(__always)
func crossentropyOfLogit(_ t: Vector, _ x: Vector) -> Vector {
    x.atLeast(Vector()) - x * t + logarithmOfOnePlus(exponential(-x.magnitudes))
}

@inline(__always)
private func crossentropy(_ t: Vector, _ p: Vector) -> Vector {
    let held = p.clipped(epsilon, 1 - epsilon)
    return -(t * logarithm(held) + (1 - t) * logarithm(1 - held))
}

@inline(__always)
private func crossentropySlope(_ t: Vector, _ p: Vector) -> Vector {
    ((1 - t) / (1 - p) - t / p).replacing(with: 0, where: (p .< epsilon) .| (p .> 1 - epsilon))
}

@inline(__always)
func likelihood(_ t: Vector, _ p: Vector) -> Vector { t * p + (1 - t) * (1 - p) }

@inline(__always)
func classWeight(_ t: Vector, _ alpha: Float?) -> Vector {
    guard let alpha else { return Vector(repeating: 1) }
    return t * alpha + (1 - t) * (1 - alpha)
}

/// `x^exponent`; the small whole exponents that are usual take negative x too.
@inline(__always)
func power(_ x: Vector, _ exponent: Float) -> Vector {
    if exponent == 0 { return Vector(repeating: 1) }
    if exponent == 1 { return x }
    if exponent == 2 { return x * x }
    return exponential(logarithm(x) * exponent)
}
