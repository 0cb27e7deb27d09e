/// Weighted sums along one axis of an array seen as `[outer, length, inner]`.

/// `y[o, i] = Σ_t weights[i, t] · x[o, places[i, t]]`, with `taps` places for each of `count` rows of y; a place that is
/// negative counts for nothing.
public func resample(
    _ x: UnsafePointer<Float>, outer: Int, length: Int, inner: Int, places: UnsafePointer<Int32>,
    weights: UnsafePointer<Float>, count: Int, taps: Int, to y: UnsafeMutablePointer<Float>
) {
    for block in 0..<outer {
        let source = x + block * length * inner
        for index in 0..<count {
            let target = y + (block * count + index) * inner
            target.update(repeating: 0, count: inner)
            for tap in index * taps..<(index + 1) * taps where places[tap] >= 0 {
                addScaled(source + Int(places[tap]) * inner, by: weights[tap], to: target, count: inner)
            }
        }
    }
}

/// The gradient of `resample`, which takes the place of what `dx` holds.
public func resampleBackward(
    _ dy: UnsafePointer<Float>, outer: Int, length: Int, inner: Int, places: UnsafePointer<Int32>,
    weights: UnsafePointer<Float>, count: Int, taps: Int, to dx: UnsafeMutablePointer<Float>
) {
    dx.update(repeating: 0, count: outer * length * inner)
    for block in 0..<outer {
        let target = dx + block * length * inner
        for index in 0..<count {
            let source = dy + (block * count + index) * inner
            for tap in index * taps..<(index + 1) * taps where places[tap] >= 0 {
                addScaled(source, by: weights[tap], to: target + Int(places[tap]) * inner, count: inner)
            }
        }
    }
}
