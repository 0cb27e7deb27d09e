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
        product.reserve(rows: rows, inner: units, columns: 3 * units)
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
        let recurrentBias = bias.map { UnsafePointer($0.values + 3 * units) }
        for index in 0..<place.steps {
            let before = outputs + index * size
            product.multiply(
                before, recurrent.values, to: inner + index * 3 * size, rows: rows, inner: units,
                columns: 3 * units, bias: recurrentBias, step.team)
            Kernels.gruForward(
                x: gates + index * 3 * size, inner: inner + index * 3 * size, previousH: before,
                h: before + size, rows: rows, units: units)
            holdMasked(outputs, at: index, rows: rows)
        }
    }

    override func backward(_ step: Step, lastOnly: Bool) {
        guard let outputGradient else { return }
        let rows = step.rows
        let size = rows * units
        state.begin(count: size)
        for index in (0..<place.steps).reversed() {
            if !lastOnly || index == place.steps - 1 {
                Kernels.add(state.h, outputGradient + index * size, to: state.h, count: size)
            }
            let (dx, dInner) = (gates + index * 3 * size, inner + index * 3 * size)
            Kernels.gruBackward(
                gates: dx, inner: dInner, previousH: outputs + index * size, dh: state.h,
                dPreviousH: state.next, dx: dx, dInner: dInner, rows: rows, units: units)
            let mask = mask(at: index, rows: rows)
            if let mask {
                clearMasked(dx, columns: 3 * units, mask: mask, rows: rows)
                clearMasked(dInner, columns: 3 * units, mask: mask, rows: rows)
                Kernels.selectRows(
                    mask: mask, state.next, else: state.h, rows: rows, columns: units, to: state.next)
            }
            product.multiplyTransposingRight(
                dInner, recurrent.values, to: state.next, rows: rows, inner: 3 * units, columns: units,
                accumulate: true, step.team)
            state.swap()
        }
        addUp(step)
    }

    /// The weights' and the input's gradients, from the gates' of all steps.
    private func addUp(_ step: Step) {
        let rows = place.steps * step.rows
        if let gradient = bias?.gradient {
            Kernels.columnSums(gates, rows: rows, columns: 3 * units, to: gradient)
            Kernels.columnSums(inner, rows: rows, columns: 3 * units, to: gradient + 3 * units)
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
