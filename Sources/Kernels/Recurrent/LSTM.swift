/// One step of LSTM cells with Keras's standard activations; gates in Keras's order: input, forget, candidate,
/// output. Matrices are `[rows, units]` (`[rows, 4 · units]` for z), dense unless a leading dimension is given.

/// `c = f · c₋₁ + i · g`, `h = o · tanh c`, with `i, f, o = sigmoid(z)` and `g = tanh(z)`.
///
/// - `z`: the products with kernel and recurrent kernel and the bias, summed; the gates take their place.
/// - `previousCarry`: c₋₁; may be `carry`.
/// - `carryTanh`: receives `tanh c`, which the backward step reads.
public func lstmForward(
    z: UnsafeMutablePointer<Float>, zLeading: Int? = nil, previousCarry: UnsafePointer<Float>,
    carry: UnsafeMutablePointer<Float>, carryTanh: UnsafeMutablePointer<Float>,
    h: UnsafeMutablePointer<Float>, hLeading: Int? = nil, rows: Int, units: Int
) {
    for row in 0..<rows {
        let zRow = z + row * (zLeading ?? 4 * units)
        let (place, hRow) = (row * units, h + row * (hLeading ?? units))
        forEachPiece(units) { at, lanes in
            let i = logistic(Vector(at: zRow + at, lanes: lanes))
            let f = logistic(Vector(at: zRow + units + at, lanes: lanes))
            let g = hyperbolicTangent(Vector(at: zRow + 2 * units + at, lanes: lanes))
            let o = logistic(Vector(at: zRow + 3 * units + at, lanes: lanes))
            let c = f * Vector(at: previousCarry + place + at, lanes: lanes) + i * g
            let t = hyperbolicTangent(c)
            i.store(to: zRow + at, lanes: lanes)
            f.store(to: zRow + units + at, lanes: lanes)
            g.store(to: zRow + 2 * units + at, lanes: lanes)
            o.store(to: zRow + 3 * units + at, lanes: lanes)
            c.store(to: carry + place + at, lanes: lanes)
            t.store(to: carryTanh + place + at, lanes: lanes)
            (o * t).store(to: hRow + at, lanes: lanes)
        }
    }
}

/// The gradient of `lstmForward`.
///
/// - `gates`: what the forward step left in z.
/// - `dh`: the gradient of h, from the layer's output and from the next step together.
/// - `dCarry`: the gradient of c from the next step; receives that of c₋₁.
/// - `dz`: receives the gradient of z; may be `gates`.
public func lstmBackward(
    gates: UnsafePointer<Float>, gatesLeading: Int? = nil, previousCarry: UnsafePointer<Float>,
    carryTanh: UnsafePointer<Float>, dh: UnsafePointer<Float>, dhLeading: Int? = nil,
    dCarry: UnsafeMutablePointer<Float>, dz: UnsafeMutablePointer<Float>, dzLeading: Int? = nil, rows: Int,
    units: Int
) {
    for row in 0..<rows {
        let gateRow = gates + row * (gatesLeading ?? 4 * units)
        let dzRow = dz + row * (dzLeading ?? 4 * units)
        let (place, dhRow) = (row * units, dh + row * (dhLeading ?? units))
        forEachPiece(units) { at, lanes in
            let i = Vector(at: gateRow + at, lanes: lanes)
            let f = Vector(at: gateRow + units + at, lanes: lanes)
            let g = Vector(at: gateRow + 2 * units + at, lanes: lanes)
            let o = Vector(at: gateRow + 3 * units + at, lanes: lanes)
            let t = Vector(at: carryTanh + place + at, lanes: lanes)
            let dh = Vector(at: dhRow + at, lanes: lanes)
            let dc = Vector(at: UnsafePointer(dCarry) + place + at, lanes: lanes) + dh * o * (1 - t * t)
            let before = Vector(at: previousCarry + place + at, lanes: lanes)
            (dc * g * (i * (1 - i))).store(to: dzRow + at, lanes: lanes)
            (dc * before * (f * (1 - f))).store(to: dzRow + units + at, lanes: lanes)
            (dc * i * (1 - g * g)).store(to: dzRow + 2 * units + at, lanes: lanes)
            (dh * t * (o * (1 - o))).store(to: dzRow + 3 * units + at, lanes: lanes)
            (dc * f).store(to: dCarry + place + at, lanes: lanes)
        }
    }
}
