import Kernels
import Protocol

/// An LSTM with Keras's standard activations.
final class LSTMSequence: GateSequence {
    /// The carry before the first step and after each, `[steps + 1, rows, units]`.
    private let carry: UnsafeMutablePointer<Float>
    private let carryTanh: UnsafeMutablePointer<Float>

    init(_ cell: LSTMCell, _ place: CellSite) throws {
        let size = place.rows * cell.stateSizes[0]
        carry = try place.site.buffer((place.steps + 1) * size)
        carryTanh = try place.site.buffer(place.steps * size)
        try super.init(cell, place, gates: 4, keepsInner: false)
    }

    override func beginStates(count: Int) {
        super.beginStates(count: count)
        begin(carry, place.initialStates.last, count: count)
    }

    override func forward(_ span: Range<Int>, of rows: Int) {
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

    override func backward(_ span: Range<Int>, of rows: Int, lastOnly: Bool) {
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

    override func keepStates(_ step: Step, in states: [UnsafeMutablePointer<Float>]) {
        let size = step.rows * units
        Kernels.copy(outputs + place.steps * size, to: states[0], count: size)
        Kernels.copy(carry + place.steps * size, to: states[1], count: size)
    }
}
