import Kernels
import Protocol

/// A GRU with Keras's standard activations and `reset_after`: one product for the input's part of all steps, one
/// product and one pass a step, and one product for each weight's gradient.
final class GRUSequence: CellSequence {
    private let kernel: WeightSlot
    private let recurrent: WeightSlot
    private let bias: WeightSlot?
    private let dropout: CellDropout?
    private let dropped: UnsafeMutablePointer<Float>
    /// The input's part, then the gates, then its gradient: `[steps, rows, 3 · units]`.
    private let gates: UnsafeMutablePointer<Float>
    /// The state's part, then its gradient, of the same shape.
    private let inner: UnsafeMutablePointer<Float>
    private let state: GradientState
    private let product: Product
    /// By the recurrent kernel, and back.
    private let recurrence: RecurrentProduct
    private let recurrenceBack: RecurrentProduct

    init(_ cell: GRUCell, _ place: CellSite) throws {
        let site = place.site
        let units = cell.stateSizes[0]
        let (steps, rows, features) = (place.steps, place.rows, place.features)
        kernel = place.weights[0]
        recurrent = place.weights[1]
        bias = place.weights.count > 2 ? place.weights[2] : nil
        dropout = try CellDropout(cell, "dropout", sets: 1, columns: features, place)
        dropped = try site.buffer(dropout == nil ? 0 : steps * rows * features)
        gates = try site.buffer(steps * rows * 3 * units)
        inner = try site.buffer(steps * rows * 3 * units)
        state = try GradientState(site, rows: rows, units: units)
        product = Product(site)
        product.reserve(rows: steps * rows, inner: features, columns: 3 * units)
        product.reserve(rows: steps * rows, inner: units, columns: 3 * units)
        recurrence = try RecurrentProduct(site, columns: 3 * units, depth: units)
        recurrenceBack = try RecurrentProduct(site, columns: units, depth: 3 * units, transposed: true)
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
        product.multiply(
            input(step), kernel.values, to: gates, rows: place.steps * rows, inner: place.features,
            columns: 3 * units, bias: bias?.values, step.team)
        recurrence.prepare(recurrent.values)
        step.team.share(
            StepsForward(sequence: self, rows: rows), count: rows, cost: place.steps * size * 3 * units)
    }

    /// All steps for some rows: no row of a batch depends on another.
    private func forward(_ span: Range<Int>, of rows: Int) {
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

    override func backward(_ step: Step, lastOnly: Bool) {
        guard outputGradient != nil else { return }
        let rows = step.rows
        state.begin(count: rows * units)
        recurrenceBack.prepare(recurrent.values)
        step.team.share(
            StepsBackward(sequence: self, rows: rows, lastOnly: lastOnly), count: rows,
            cost: place.steps * rows * units * 3 * units)
        addUp(step)
    }

    /// All steps back for some rows.
    private func backward(_ span: Range<Int>, of rows: Int, lastOnly: Bool) {
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

    private struct StepsForward: SharedPass {
        unowned(unsafe) let sequence: GRUSequence
        let rows: Int
        func run(_ span: Range<Int>, part: Int) { sequence.forward(span, of: rows) }
    }

    private struct StepsBackward: SharedPass {
        unowned(unsafe) let sequence: GRUSequence
        let rows: Int
        let lastOnly: Bool
        func run(_ span: Range<Int>, part: Int) { sequence.backward(span, of: rows, lastOnly: lastOnly) }
    }

    /// The weights' and the input's gradients, from the gates' of all steps.
    private func addUp(_ step: Step) {
        let rows = place.steps * step.rows
        if let gradient = bias?.gradient {
            step.team.columnSums(gates, rows: rows, columns: 3 * units, to: gradient)
            step.team.columnSums(inner, rows: rows, columns: 3 * units, to: gradient + 3 * units)
        }
        if let gradient = kernel.gradient {
            product.multiplyTransposingLeft(
                input(step), gates, to: gradient, rows: place.features, inner: rows, columns: 3 * units,
                step.team)
        }
        if let gradient = recurrent.gradient {
            product.multiplyTransposingLeft(
                outputs, inner, to: gradient, rows: units, inner: rows, columns: 3 * units, step.team)
        }
        if let gradient = place.inputGradient {
            product.multiplyTransposingRight(
                gates, kernel.values, to: gradient, rows: rows, inner: 3 * units, columns: place.features,
                step.team)
            if let dropout, step.isTraining {
                dropout.apply(gradient, set: 0, to: gradient, steps: place.steps, rows: step.rows)
            }
        }
    }

    override func keepStates(_ step: Step, in states: [UnsafeMutablePointer<Float>]) {
        Kernels.copy(outputs + place.steps * step.rows * units, to: states[0], count: step.rows * units)
    }
}
