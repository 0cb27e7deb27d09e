import Kernels
import Protocol

/// A GRU with Keras's standard activations and `reset_after`.
final class GRUSequence: GateSequence {
    init(_ cell: GRUCell, _ place: CellSite) throws {
        try super.init(cell, place, gates: 3, keepsInner: true)
    }

    override func forward(_ span: Range<Int>, of rows: Int) {
        let recurrentBias = bias.map { UnsafePointer($0.values + 3 * units) }
        for index in 0..<place.steps {
            let first = (index * rows + span.lowerBound) * units
            let before = outputs + first
            recurrence.run(rows: span.count, before, to: inner + 3 * first, bias: recurrentBias)
            Kernels.gruForward(
                x: gates + 3 * first, inner: inner + 3 * first, previousH: before, h: before + rows * units,
                rows: span.count, units: units)
            holdMasked(outputs, at: index, rows: rows, in: span)
        }
    }

    override func backward(_ span: Range<Int>, of rows: Int, lastOnly: Bool) {
        guard let outputGradient else { return }
        let (first, count) = (span.lowerBound * units, span.count * units)
        var (h, next) = (state.h + first, state.next + first)
        for index in (0..<place.steps).reversed() {
            let before = index * rows * units + first
            if !lastOnly || index == place.steps - 1 {
                Kernels.add(h, outputGradient + before, to: h, count: count)
            }
            let (dx, dInner) = (gates + 3 * before, inner + 3 * before)
            Kernels.gruBackward(
                gates: dx, inner: dInner, previousH: outputs + before, dh: h, dPreviousH: next, dx: dx,
                dInner: dInner, rows: span.count, units: units)
            if let mask = mask(at: index, rows: rows, in: span) {
                clearMasked(dx, columns: 3 * units, mask: mask, rows: span.count)
                clearMasked(dInner, columns: 3 * units, mask: mask, rows: span.count)
                Kernels.selectRows(mask: mask, next, else: h, rows: span.count, columns: units, to: next)
            }
            recurrenceBack.run(rows: span.count, dInner, to: next, accumulate: true)
            swap(&h, &next)
        }
    }

    override func keepStates(_ step: Step, in states: [UnsafeMutablePointer<Float>]) {
        Kernels.copy(outputs + place.steps * step.rows * units, to: states[0], count: step.rows * units)
    }
}
