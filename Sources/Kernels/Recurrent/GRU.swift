/// One step of GRU cells with Keras's standard activations; gates in Keras's order: update z, reset r, candidate.
/// Matrices are dense, `[rows, units]` or `[rows, 3 · units]`, unless a leading dimension is given.

/// The step with `reset_after`: `h = z · h₋₁ + (1 − z) · tanh(x_h + r · inner_h)`, `z, r = sigmoid(x + inner)`.
///
/// - `x`: the input's product with the kernel, and its bias; z, r and the candidate take its place.
/// - `inner`: h₋₁'s product with the recurrent kernel, and its bias, `[rows, 3 · units]`.
public func gruForward(
    x: UnsafeMutablePointer<Float>, xLeading: Int? = nil, inner: UnsafePointer<Float>,
    previousH: UnsafePointer<Float>, previousLeading: Int? = nil, h: UnsafeMutablePointer<Float>,
    hLeading: Int? = nil, rows: Int, units: Int
) {
    for row in 0..<rows {
        let (xRow, innerRow) = (x + row * (xLeading ?? 3 * units), inner + row * 3 * units)
        let (before, hRow) = (previousH + row * (previousLeading ?? units), h + row * (hLeading ?? units))
        forEachPiece(units) { at, lanes in
            let z = logistic(sum(xRow + at, innerRow + at, lanes))
            let r = logistic(sum(xRow + units + at, innerRow + units + at, lanes))
            let candidate = hyperbolicTangent(
                Vector(at: xRow + 2 * units + at, lanes: lanes)
                    + r * Vector(at: innerRow + 2 * units + at, lanes: lanes))
            z.store(to: xRow + at, lanes: lanes)
            r.store(to: xRow + units + at, lanes: lanes)
            candidate.store(to: xRow + 2 * units + at, lanes: lanes)
            (z * Vector(at: before + at, lanes: lanes) + (1 - z) * candidate).store(
                to: hRow + at, lanes: lanes)
        }
    }
}

/// The gradient of `gruForward`.
///
/// - `gates`: what the forward step left in x.
/// - `dPreviousH`: receives the part of h₋₁'s gradient that does not come through `inner`; may be `dh`.
/// - `dx`: receives the gradient of x; may be `gates`.
/// - `dInner`: receives the gradient of inner; may be `inner`.
public func gruBackward(
    gates: UnsafePointer<Float>, gatesLeading: Int? = nil, inner: UnsafePointer<Float>,
    previousH: UnsafePointer<Float>, previousLeading: Int? = nil, dh: UnsafePointer<Float>,
    dPreviousH: UnsafeMutablePointer<Float>, dx: UnsafeMutablePointer<Float>, dxLeading: Int? = nil,
    dInner: UnsafeMutablePointer<Float>, rows: Int, units: Int
) {
    for row in 0..<rows {
        let gateRow = gates + row * (gatesLeading ?? 3 * units)
        let (dxRow, before) = (
            dx + row * (dxLeading ?? 3 * units), previousH + row * (previousLeading ?? units)
        )
        let (innerRow, dInnerRow) = (inner + row * 3 * units, dInner + row * 3 * units)
        forEachPiece(units) { at, lanes in
            let z = Vector(at: gateRow + at, lanes: lanes)
            let r = Vector(at: gateRow + units + at, lanes: lanes)
            let candidate = Vector(at: gateRow + 2 * units + at, lanes: lanes)
            let dh = Vector(at: dh + row * units + at, lanes: lanes)
            let dCandidate = dh * (1 - z) * (1 - candidate * candidate)
            let dz = dh * (Vector(at: before + at, lanes: lanes) - candidate) * (z * (1 - z))
            let dr = dCandidate * Vector(at: innerRow + 2 * units + at, lanes: lanes) * (r * (1 - r))
            dz.store(to: dxRow + at, lanes: lanes)
            dr.store(to: dxRow + units + at, lanes: lanes)
            dCandidate.store(to: dxRow + 2 * units + at, lanes: lanes)
            dz.store(to: dInnerRow + at, lanes: lanes)
            dr.store(to: dInnerRow + units + at, lanes: lanes)
            (dCandidate * r).store(to: dInnerRow + 2 * units + at, lanes: lanes)
            (dh * z).store(to: dPreviousH + row * units + at, lanes: lanes)
        }
    }
}

/// The gates of a step without `reset_after`: `z, r = sigmoid(x + inner)`, and `r · h₋₁`, whose product with the
/// candidate's recurrent kernel `gruCandidate` takes.
///
/// - `x`: as in `gruForward`; z and r take the place of their thirds.
/// - `inner`: h₋₁'s product with the recurrent kernel's first two thirds, `[rows, 2 · units]`.
public func gruGates(
    x: UnsafeMutablePointer<Float>, xLeading: Int? = nil, inner: UnsafePointer<Float>,
    previousH: UnsafePointer<Float>, previousLeading: Int? = nil, resetH: UnsafeMutablePointer<Float>,
    rows: Int, units: Int
) {
    for row in 0..<rows {
        let (xRow, innerRow) = (x + row * (xLeading ?? 3 * units), inner + row * 2 * units)
        let before = previousH + row * (previousLeading ?? units)
        forEachPiece(units) { at, lanes in
            let z = logistic(sum(xRow + at, innerRow + at, lanes))
            let r = logistic(sum(xRow + units + at, innerRow + units + at, lanes))
            z.store(to: xRow + at, lanes: lanes)
            r.store(to: xRow + units + at, lanes: lanes)
            (r * Vector(at: before + at, lanes: lanes)).store(to: resetH + row * units + at, lanes: lanes)
        }
    }
}

/// The rest of a step without `reset_after`: `h = z · h₋₁ + (1 − z) · tanh(x_h + inner)`, where `inner` is the
/// product of `r · h₋₁`, `[rows, units]`. The candidate takes its third of x.
public func gruCandidate(
    x: UnsafeMutablePointer<Float>, xLeading: Int? = nil, inner: UnsafePointer<Float>,
    previousH: UnsafePointer<Float>, previousLeading: Int? = nil, h: UnsafeMutablePointer<Float>,
    hLeading: Int? = nil, rows: Int, units: Int
) {
    for row in 0..<rows {
        let (xRow, innerRow) = (x + row * (xLeading ?? 3 * units), inner + row * units)
        let (before, hRow) = (previousH + row * (previousLeading ?? units), h + row * (hLeading ?? units))
        forEachPiece(units) { at, lanes in
            let z = Vector(at: UnsafePointer(xRow) + at, lanes: lanes)
            let candidate = hyperbolicTangent(sum(xRow + 2 * units + at, innerRow + at, lanes))
            candidate.store(to: xRow + 2 * units + at, lanes: lanes)
            (z * Vector(at: before + at, lanes: lanes) + (1 - z) * candidate).store(
                to: hRow + at, lanes: lanes)
        }
    }
}

/// The gradient of `gruCandidate`: fills the update gate's and the candidate's thirds of `dx`, and `dPreviousH`
/// (which may be `dh`) with `dh · z`.
public func gruCandidateBackward(
    gates: UnsafePointer<Float>, gatesLeading: Int? = nil, previousH: UnsafePointer<Float>,
    previousLeading: Int? = nil, dh: UnsafePointer<Float>, dPreviousH: UnsafeMutablePointer<Float>,
    dx: UnsafeMutablePointer<Float>, dxLeading: Int? = nil, rows: Int, units: Int
) {
    for row in 0..<rows {
        let gateRow = gates + row * (gatesLeading ?? 3 * units)
        let (dxRow, before) = (
            dx + row * (dxLeading ?? 3 * units), previousH + row * (previousLeading ?? units)
        )
        forEachPiece(units) { at, lanes in
            let z = Vector(at: gateRow + at, lanes: lanes)
            let candidate = Vector(at: gateRow + 2 * units + at, lanes: lanes)
            let dh = Vector(at: dh + row * units + at, lanes: lanes)
            let dz = dh * (Vector(at: before + at, lanes: lanes) - candidate) * (z * (1 - z))
            dz.store(to: dxRow + at, lanes: lanes)
            (dh * (1 - z) * (1 - candidate * candidate)).store(to: dxRow + 2 * units + at, lanes: lanes)
            (dh * z).store(to: dPreviousH + row * units + at, lanes: lanes)
        }
    }
}

/// The gradient of `gruGates`: from that of `r · h₋₁`, fills the reset gate's third of `dx` and adds to
/// `dPreviousH`.
///
/// - `gates`: what the forward step left in x; may be `dx`, whose reset third is read before it is written.
public func gruGatesBackward(
    gates: UnsafePointer<Float>, gatesLeading: Int? = nil, previousH: UnsafePointer<Float>,
    previousLeading: Int? = nil, dResetH: UnsafePointer<Float>, dPreviousH: UnsafeMutablePointer<Float>,
    dx: UnsafeMutablePointer<Float>, dxLeading: Int? = nil, rows: Int, units: Int
) {
    for row in 0..<rows {
        let gateRow = gates + row * (gatesLeading ?? 3 * units) + units
        let dxRow = dx + row * (dxLeading ?? 3 * units) + units
        let before = previousH + row * (previousLeading ?? units)
        forEachPiece(units) { at, lanes in
            let r = Vector(at: gateRow + at, lanes: lanes)
            let d = Vector(at: dResetH + row * units + at, lanes: lanes)
            (d * Vector(at: before + at, lanes: lanes) * (r * (1 - r))).store(to: dxRow + at, lanes: lanes)
            let sum = Vector(at: UnsafePointer(dPreviousH) + row * units + at, lanes: lanes) + d * r
            sum.store(to: dPreviousH + row * units + at, lanes: lanes)
        }
    }
}

@inline(__always)
private func sum(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ lanes: Int) -> Vector {
    Vector(at: x, lanes: lanes) + Vector(at: y, lanes: lanes)
}
