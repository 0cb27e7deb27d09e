import Kernels
import Protocol

/// An LSTM with Keras's standard activations: the gates of a step side by side, so that the input's part of all
/// steps is one product, a step is one product and one pass, and each weight's gradient is one product.
final class LSTMSequence: CellSequence {
    private let kernel: WeightSlot
    private let recurrent: WeightSlot
    private let bias: WeightSlot?
    private let dropout: CellDropout?
    /// The input after dropout.
    private let dropped: UnsafeMutablePointer<Float>
    /// Before a step what goes into the gates, then the gates, then their gradient: `[steps, rows, 4 · units]`.
    private let gates: UnsafeMutablePointer<Float>
    /// The carry before the first step and after each, `[steps + 1, rows, units]`.
    private let carry: UnsafeMutablePointer<Float>
    private let carryTanh: UnsafeMutablePointer<Float>
    private let state: GradientState
    private let product: Product
    /// By the recurrent kernel, and back.
    private let recurrence: RecurrentProduct
    private let recurrenceBack: RecurrentProduct

    init(_ cell: LSTMCell, _ place: CellSite) throws {
        let site = place.site
        let units = cell.stateSizes[0]
        let (steps, rows, features) = (place.steps, place.rows, place.features)
        kernel = place.weights[0]
        recurrent = place.weights[1]
        bias = place.weights.count > 2 ? place.weights[2] : nil
        dropout = try CellDropout(cell, "dropout", sets: 1, columns: features, place)
        dropped = try site.buffer(dropout == nil ? 0 : steps * rows * features)
        gates = try site.buffer(steps * rows * 4 * units)
        carry = try site.buffer((steps + 1) * rows * units)
        carryTanh = try site.buffer(steps * rows * units)
        state = try GradientState(site, rows: rows, units: units)
        product = Product(site)
        product.reserve(rows: steps * rows, inner: features, columns: 4 * units)
        product.reserve(rows: steps * rows, inner: units, columns: 4 * units)
        recurrence = try RecurrentProduct(site, columns: 4 * units, depth: units)
        recurrenceBack = try RecurrentProduct(site, columns: units, depth: 4 * units, transposed: true)
        try super.init(place, units: units)
    }

    private func input(_ step: Step) -> UnsafePointer<Float> {
        dropout != nil && step.isTraining ? UnsafePointer(dropped) : place.input(rows: step.rows)
    }

    override func forward(_ step: Step) {
        let rows = step.rows
        let size = rows * units
        if let dropout, step.isTraining {
            dropout.draw(step)
            dropout.apply(place.input(rows: rows), set: 0, to: dropped, steps: place.steps, rows: rows)
        }
        begin(outputs, place.initialStates.first, count: size)
        begin(carry, place.initialStates.last, count: size)
        product.multiply(
            input(step), kernel.values, to: gates, rows: place.steps * rows, inner: place.features,
            columns: 4 * units, bias: bias?.values, step.team)
        recurrence.prepare(recurrent.values)
        step.team.share(
            StepsForward(sequence: self, rows: rows), count: rows, cost: place.steps * size * 4 * units)
    }

    /// All steps for some rows: no row of a batch depends on another.
    private func forward(_ span: Range<Int>, of rows: Int) {
        let (size, count) = (rows * units, span.count)
        for index in 0..<place.steps {
            let before = index * size + span.lowerBound * units
            let (after, z) = (before + size, gates + 4 * before)
            if index > 0 || !place.initialStates.isEmpty {
                recurrence.run(rows: count, outputs + before, to: z, accumulate: true)
            }
            Kernels.lstmForward(
                z: z, previousCarry: carry + before, carry: carry + after, carryTanh: carryTanh + before,
                h: outputs + after, rows: count, units: units)
            holdMasked(outputs, at: index, rows: rows, in: span)
            holdMasked(carry, at: index, rows: rows, in: span)
        }
    }

    override func backward(_ step: Step, lastOnly: Bool) {
        guard outputGradient != nil else { return }
        let rows = step.rows
        state.begin(count: rows * units)
        recurrenceBack.prepare(recurrent.values)
        step.team.share(
            StepsBackward(sequence: self, rows: rows, lastOnly: lastOnly), count: rows,
            cost: place.steps * rows * units * 4 * units)
        addUp(step)
    }

    /// All steps back for some rows.
    private func backward(_ span: Range<Int>, of rows: Int, lastOnly: Bool) {
        guard let outputGradient else { return }
        let (first, count) = (span.lowerBound * units, span.count * units)
        var (h, next) = (state.h + first, state.next + first)
        let (dCarry, heldCarry) = (state.carry + first, state.heldCarry + first)
        for index in (0..<place.steps).reversed() {
            let before = index * rows * units + first
            let z = gates + 4 * before
            if !lastOnly || index == place.steps - 1 {
                Kernels.add(h, outputGradient + before, to: h, count: count)
            }
            let mask = mask(at: index, rows: rows, in: span)
            if mask != nil { Kernels.copy(dCarry, to: heldCarry, count: count) }
            Kernels.lstmBackward(
                gates: z, previousCarry: carry + before, carryTanh: carryTanh + before, dh: h, dCarry: dCarry,
                dz: z, rows: span.count, units: units)
            if let mask { clearMasked(z, columns: 4 * units, mask: mask, rows: span.count) }
            recurrenceBack.run(rows: span.count, z, to: next)
            if let mask {
                addMasked(h, to: next, mask: mask, rows: span.count)
                Kernels.selectRows(
                    mask: mask, dCarry, else: heldCarry, rows: span.count, columns: units, to: dCarry)
            }
            swap(&h, &next)
        }
    }

    private struct StepsForward: SharedPass {
        unowned(unsafe) let sequence: LSTMSequence
        let rows: Int
        func run(_ span: Range<Int>, part: Int) { sequence.forward(span, of: rows) }
    }

    private struct StepsBackward: SharedPass {
        unowned(unsafe) let sequence: LSTMSequence
        let rows: Int
        let lastOnly: Bool
        func run(_ span: Range<Int>, part: Int) { sequence.backward(span, of: rows, lastOnly: lastOnly) }
    }

    /// The weights' and the input's gradients, from the gates' of all steps.
    private func addUp(_ step: Step) {
        let rows = place.steps * step.rows
        if let gradient = bias?.gradient {
            step.team.columnSums(gates, rows: rows, columns: 4 * units, to: gradient)
        }
        if let gradient = kernel.gradient {
            product.multiplyTransposingLeft(
                input(step), gates, to: gradient, rows: place.features, inner: rows, columns: 4 * units,
                step.team)
        }
        if let gradient = recurrent.gradient {
            product.multiplyTransposingLeft(
                outputs, gates, to: gradient, rows: units, inner: rows, columns: 4 * units, step.team)
        }
        if let gradient = place.inputGradient {
            product.multiplyTransposingRight(
                gates, kernel.values, to: gradient, rows: rows, inner: 4 * units, columns: place.features,
                step.team)
            if let dropout, step.isTraining {
                dropout.apply(gradient, set: 0, to: gradient, steps: place.steps, rows: step.rows)
            }
        }
    }

    override func keepStates(_ step: Step, in states: [UnsafeMutablePointer<Float>]) {
        let size = step.rows * units
        Kernels.copy(outputs + place.steps * size, to: states[0], count: size)
        Kernels.copy(carry + place.steps * size, to: states[1], count: size)
    }
}

/// The gradients of a cell's states on their way back.
final class GradientState {
    /// The gradient of h.
    private(set) var h: UnsafeMutablePointer<Float>
    /// Where that of the h before goes.
    private(set) var next: UnsafeMutablePointer<Float>
    /// The gradient of the carry.
    let carry: UnsafeMutablePointer<Float>
    /// The carry's gradient as it was, for masked rows.
    let heldCarry: UnsafeMutablePointer<Float>

    init(_ site: Site, rows: Int, units: Int) throws {
        h = try site.buffer(rows * units)
        next = try site.buffer(rows * units)
        carry = try site.buffer(rows * units)
        heldCarry = try site.buffer(rows * units)
    }

    /// Nothing comes back from behind the last step.
    func begin(count: Int) {
        Kernels.fill(h, count: count, with: 0)
        Kernels.fill(carry, count: count, with: 0)
    }

    func swap() { Swift.swap(&h, &next) }
}
