/// Losses of distributions over classes, row by row (keras/src/losses/losses.py and keras/src/backend/tensorflow/nn.py).
///
/// Predictions are logits, or weights that are divided by their sum and held to `[ε, 1 − ε]`. `smoothing` pulls targets
/// to the uniform distribution of `1 / smoothingClasses`.
public struct CategoricalLoss: Sendable {
    /// How the classes' losses differ from `−t ln q`.
    public enum Kind: Sendable, Hashable {
        /// Not at all.
        case crossentropy
        /// Times `alpha (1 − q)^gamma`.
        case focal(alpha: Float, gamma: Float)
    }

    private let kind: Kind
    private let fromLogits: Bool
    private let kept: Float
    private let added: Float

    /// A loss over rows of classes.
    public init(_ kind: Kind, fromLogits: Bool, smoothing: Float, smoothingClasses: Int) {
        self.kind = kind
        self.fromLogits = fromLogits
        kept = 1 - smoothing
        added = smoothing / Float(smoothingClasses)
    }

    /// Writes the loss of each row.
    public func values(
        _ target: UnsafePointer<Float>, _ prediction: UnsafePointer<Float>, rows: Int, classes: Int,
        to values: UnsafeMutablePointer<Float>
    ) {
        for row in 0..<rows {
            let (t, x) = (target + row * classes, prediction + row * classes)
            switch kind {
            case .crossentropy where fromLogits:
                let norm = Vector(repeating: logSumOfExponentials(x, count: classes))
                values[row] = sum(classes) { at, lanes in
                    let t = smoothed(t + at, lanes)
                    // TensorFlow leaves out what has no share, so that an infinite logit does not spoil the sum.
                    return (t * (norm - read(x + at, lanes))).replacing(with: 0, where: t .== 0)
                }
            case .crossentropy:
                let share = Share(x, count: classes, fromLogits: fromLogits)
                values[row] = sum(classes) { at, lanes in
                    -smoothed(t + at, lanes) * logarithm(held(share.at(x + at, lanes)))
                }
            case .focal(let alpha, let gamma):
                let share = Share(x, count: classes, fromLogits: fromLogits)
                values[row] = sum(classes) { at, lanes in
                    let q = held(share.at(x + at, lanes))
                    return smoothed(t + at, lanes) * logarithm(q) * power(1 - q, gamma) * -alpha
                }
            }
        }
    }

    /// Writes the derivative of each row's loss by its predictions, times the row's scale.
    public func gradients(
        _ target: UnsafePointer<Float>, _ prediction: UnsafePointer<Float>, scales: UnsafePointer<Float>,
        rows: Int, classes: Int, to gradient: UnsafeMutablePointer<Float>
    ) {
        for row in 0..<rows {
            let (t, x, g) = (target + row * classes, prediction + row * classes, gradient + row * classes)
            let scale = scales[row]
            switch kind {
            case .crossentropy where fromLogits:
                // TensorFlow's kernel takes the targets' sum to be 1.
                let norm = Vector(repeating: logSumOfExponentials(x, count: classes))
                forEachLanes(classes) { at, lanes in
                    let slope = exponential(read(x + at, lanes) - norm) - smoothed(t + at, lanes)
                    write(slope * scale, to: g + at, lanes)
                }
            case .crossentropy:
                throughShare(x, scale: scale, to: g, classes: classes) { at, lanes, q in
                    -smoothed(t + at, lanes) / q
                }
            case .focal(let alpha, let gamma):
                throughShare(x, scale: scale, to: g, classes: classes) { at, lanes, q in
                    let t = smoothed(t + at, lanes)
                    let rising = gamma == 0 ? Vector() : power(1 - q, gamma - 1) * logarithm(q) * gamma
                    return t * (rising - power(1 - q, gamma) / q) * alpha
                }
            }
        }
    }

    /// Takes a derivative by the shares, which is none where they are held, back to the predictions.
    @inline(__always)
    private func throughShare(
        _ x: UnsafePointer<Float>, scale: Float, to gradient: UnsafeMutablePointer<Float>, classes: Int,
        _ slope: (Int, Int, Vector) -> Vector
    ) {
        let share = Share(x, count: classes, fromLogits: fromLogits)
        @inline(__always)
        func bounded(_ at: Int, _ lanes: Int, _ q: Vector) -> Vector {
            slope(at, lanes, held(q)).replacing(with: 0, where: (q .< epsilon) .| (q .> 1 - epsilon))
        }
        let mean = sum(classes) { at, lanes in
            let q = share.at(x + at, lanes)
            return q * bounded(at, lanes, q)
        }
        forEachLanes(classes) { at, lanes in
            let q = share.at(x + at, lanes)
            let slope = (bounded(at, lanes, q) - mean) * scale
            write(fromLogits ? slope * q : slope * share.factor, to: gradient + at, lanes)
        }
    }

    @inline(__always)
    private func smoothed(_ t: UnsafePointer<Float>, _ lanes: Int) -> Vector { read(t, lanes) * kept + added }

    @inline(__always)
    private func held(_ q: Vector) -> Vector { q.clipped(epsilon, 1 - epsilon) }
}

/// The share that each class has of its row.
private struct Share {
    private let peak: Float
    private let fromLogits: Bool
    /// What weights are multiplied by.
    let factor: Float

    @inline(__always)
    init(_ x: UnsafePointer<Float>, count: Int, fromLogits: Bool) {
        self.fromLogits = fromLogits
        let peak = fromLogits ? maximum(x, count: count) : 0
        self.peak = peak
        factor =
            1
            / sum(count) { at, lanes in
                fromLogits
                    ? exponential(read(x + at, lanes, padding: -.infinity) - peak) : read(x + at, lanes)
            }
    }

    @inline(__always)
    func at(_ x: UnsafePointer<Float>, _ lanes: Int) -> Vector {
        (fromLogits ? exponential(read(x, lanes) - peak) : read(x, lanes)) * factor
    }
}

/// `ln Σ e^x`.
@inline(__always)
func logSumOfExponentials(_ x: UnsafePointer<Float>, count: Int) -> Float {
    let peak = maximum(x, count: count)
    guard peak.isFinite else { return peak }
    return peak
        + naturalLogarithm(
            sum(count) { at, lanes in exponential(read(x + at, lanes, padding: -.infinity) - peak) })
}

/// The natural logarithm of one number, with the bits that a vector's lane has.
@inline(__always)
func naturalLogarithm(_ x: Float) -> Float { logarithm(Vector(repeating: x))[0] }

/// Visits a row eight lanes at a time: where, and how many.
@inline(__always)
func forEachLanes(_ count: Int, _ body: (Int, Int) -> Void) {
    forEachVector(count) {
        body($0, 8)
    } rest: {
        body($0, $1)
    }
}

/// The sum of what `body` gives for a row's lanes; lanes past the end are left out.
@inline(__always)
func sum(_ count: Int, _ body: (Int, Int) -> Vector) -> Float {
    var total = Vector()
    forEachVector(count) {
        total += body($0, 8)
    } rest: { at, lanes in
        var last = body(at, lanes)
        for lane in lanes..<8 { last[lane] = 0 }
        total += last
    }
    return total.total
}

@inline(__always)
func read(_ x: UnsafePointer<Float>, _ lanes: Int, padding: Float = 0) -> Vector {
    lanes == 8 ? Vector(at: x) : Vector(at: x, count: lanes, padding: padding)
}

@inline(__always)
func write(_ value: Vector, to x: UnsafeMutablePointer<Float>, _ lanes: Int) {
    if lanes == 8 { value.store(to: x) } else { value.store(to: x, count: lanes) }
}
