import Kernels
import Protocol

/// A GRU with any activations, with recurrent dropout, and with the reset before or after the product, gate by gate.
final class GatedGRUSequence: CellSequence {
    private let planes: GatePlanes
    private let bias: WeightSlot?
    private let resetsAfter: Bool
    /// With `reset_after`: the candidate's product with the state, and then its gradient, `[steps, rows, units]`.
    private let inner: UnsafeMutablePointer<Float>
    /// The state after dropout at a step, before it is reset.
    private let scratch: UnsafeMutablePointer<Float>
    private let state: GradientState

    init(_ cell: GRUCell, _ place: CellSite) throws {
        let units = cell.stateSizes[0]
        resetsAfter = cell.resetsAfter
        let recurrent = cell.configuration.activation("recurrent_activation")
        planes = try GatePlanes(
            cell, place, activations: [recurrent, recurrent, cell.configuration.activation()],
            keepsStates: !resetsAfter)
        bias = place.weights.count > 2 ? place.weights[2] : nil
        inner = try place.site.buffer(resetsAfter ? place.steps * place.rows * units : 0)
        scratch = try place.site.buffer(place.rows * units)
        state = try GradientState(place.site, rows: place.rows, units: units)
        try super.init(place, units: units)
    }

    private var recurrentBias: UnsafeMutablePointer<Float>? {
        resetsAfter ? bias.map { $0.values + 3 * units } : nil
    }

    override func forward(_ step: Step) {
        let rows = step.rows
        let size = rows * units
        begin(outputs, place.initialStates.first, count: size)
        planes.project(step, bias: bias.map { UnsafePointer($0.values) })
        for index in 0..<place.steps {
            let h = outputs + index * size
            for gate in 0..<2 {
                planes.recur(
                    gate, index, state: h, to: planes.input(gate, index, rows: rows), accumulate: true, step)
                if let recurrentBias {
                    Kernels.addRow(
                        recurrentBias + gate * units, to: planes.input(gate, index, rows: rows), rows: rows,
                        columns: units)
                }
                planes.activate(gate, index, rows: rows)
            }
            addCandidate(index, h, step)
            planes.activate(2, index, rows: rows)
            mix(index, h, rows: rows)
            holdMasked(outputs, at: index, rows: rows)
        }
    }

    /// Adds the state's part to what goes into the candidate.
    private func addCandidate(_ index: Int, _ h: UnsafePointer<Float>, _ step: Step) {
        let rows = step.rows
        let size = rows * units
        let reset = planes.value(1, index, rows: rows)
        let target = planes.input(2, index, rows: rows)
        if resetsAfter {
            let part = inner + index * size
            planes.recur(
                2, index, state: h, to: part, accumulate: false,
                bias: recurrentBias.map { UnsafePointer($0 + 2 * units) }, step)
            Kernels.addProduct(reset, part, to: target, count: size)
        } else {
            let part = planes.state(2, index, rows: rows)
            planes.drop(2, h, to: part, step)
            Kernels.multiply(part, reset, to: part, count: size)
            planes.recur(2, index, state: part, to: target, accumulate: true, isOwn: true, step)
        }
    }

    /// `h = z · h₋₁ + (1 − z) · candidate`.
    private func mix(_ index: Int, _ h: UnsafePointer<Float>, rows: Int) {
        let size = rows * units
        let (z, candidate) = (planes.value(0, index, rows: rows), planes.value(2, index, rows: rows))
        let after = outputs + (index + 1) * size
        Kernels.subtract(h, candidate, to: after, count: size)
        Kernels.multiply(after, z, to: after, count: size)
        Kernels.add(after, candidate, to: after, count: size)
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
            let mask = mask(at: index, rows: rows)
            Kernels.multiply(state.h, planes.value(0, index, rows: rows), to: state.next, count: size)
            if let mask {
                Kernels.selectRows(
                    mask: mask, state.next, else: state.h, rows: rows, columns: units, to: state.next)
                // A masked row's step gives nothing, so that nothing comes back through it.
                clearMasked(state.h, columns: units, mask: mask, rows: rows)
            }
            differentiate(index, step)
            state.swap()
        }
        addUp(step)
    }

    /// The gradients of a step's gates, and what they add to that of the state before.
    private func differentiate(_ index: Int, _ step: Step) {
        let rows = step.rows
        let size = rows * units
        let h = outputs + index * size
        let (z, reset) = (planes.value(0, index, rows: rows), planes.value(1, index, rows: rows))
        let candidate = planes.value(2, index, rows: rows)
        let (dz, dr) = (planes.gradient(0, index, rows: rows), planes.gradient(1, index, rows: rows))
        let dCandidate = planes.gradient(2, index, rows: rows)
        Kernels.subtract(h, candidate, to: dz, count: size)
        Kernels.multiply(dz, state.h, to: dz, count: size)
        Kernels.multiply(state.h, z, to: dCandidate, count: size)
        Kernels.subtract(state.h, dCandidate, to: dCandidate, count: size)
        planes.differentiate(2, index, rows: rows)
        if resetsAfter {
            let part = inner + index * size
            Kernels.multiply(dCandidate, part, to: dr, count: size)
            Kernels.multiply(dCandidate, reset, to: part, count: size)
            planes.recurBackward(2, part, to: scratch, step)
            planes.addDropped(2, scratch, to: state.next, step)
        } else {
            // The product's operand is r · h; the state after dropout is drawn again to tell the two apart.
            planes.recurBackward(2, dCandidate, to: scratch, step)
            planes.drop(2, h, to: dr, step)
            Kernels.multiply(dr, scratch, to: dr, count: size)
            Kernels.multiply(scratch, reset, to: scratch, count: size)
            planes.addDropped(2, scratch, to: state.next, step)
        }
        for gate in 0..<2 {
            planes.differentiate(gate, index, rows: rows)
            planes.recurBackward(gate, planes.gradient(gate, index, rows: rows), to: scratch, step)
            planes.addDropped(gate, scratch, to: state.next, step)
        }
    }

    private func addUp(_ step: Step) {
        let rows = step.rows
        planes.addUpInput(bias: bias?.gradient, step)
        for gate in 0..<2 {
            planes.addUpRecurrent(
                gate, outputs: outputs, gradient: planes.gradient(gate, 0, rows: rows), step)
        }
        let part = resetsAfter ? UnsafePointer(inner) : UnsafePointer(planes.gradient(2, 0, rows: rows))
        planes.addUpRecurrent(2, outputs: outputs, gradient: part, isOwn: !resetsAfter, step)
        guard resetsAfter, let gradient = bias?.gradient else { return }
        Kernels.copy(gradient, to: gradient + 3 * units, count: 2 * units)
        Kernels.columnSums(
            inner, rows: place.steps * rows, columns: units, to: gradient + 5 * units)
    }

    override func keepStates(_ step: Step, in states: [UnsafeMutablePointer<Float>]) {
        Kernels.copy(outputs + place.steps * step.rows * units, to: states[0], count: step.rows * units)
    }
}
