import Kernels
import Protocol

/// An LSTM with any activations and with recurrent dropout, gate by gate.
final class GatedLSTMSequence: CellSequence {
    private let planes: GatePlanes
    private let bias: WeightSlot?
    private let activation: ActivationRun
    private let carry: UnsafeMutablePointer<Float>
    /// `activation(c)` after each step.
    private let carryValue: UnsafeMutablePointer<Float>
    private let state: GradientState
    private let scratch: UnsafeMutablePointer<Float>

    init(_ cell: LSTMCell, _ place: CellSite) throws {
        let units = cell.stateSizes[0]
        activation = try ActivationRun(
            cell.configuration.activation(), sample: [units], rows: place.rows, place.site)
        let recurrent = cell.configuration.activation("recurrent_activation")
        planes = try GatePlanes(
            cell, place, activations: [recurrent, recurrent, activation.activation, recurrent],
            keepsStates: false)
        bias = place.weights.count > 2 ? place.weights[2] : nil
        carry = try place.site.buffer((place.steps + 1) * place.rows * units)
        carryValue = try place.site.buffer(place.steps * place.rows * units)
        state = try GradientState(place.site, rows: place.rows, units: units)
        scratch = try place.site.buffer(place.rows * units)
        try super.init(place, units: units)
    }

    override func forward(_ step: Step) {
        let rows = step.rows
        let size = rows * units
        begin(outputs, place.initialStates.first, count: size)
        begin(carry, place.initialStates.last, count: size)
        planes.project(step, bias: bias.map { UnsafePointer($0.values) })
        for index in 0..<place.steps {
            for gate in 0..<4 {
                planes.recur(
                    gate, index, state: outputs + index * size, to: planes.input(gate, index, rows: rows),
                    accumulate: true, step)
                planes.activate(gate, index, rows: rows)
            }
            let (before, after) = (carry + index * size, carry + (index + 1) * size)
            Kernels.multiply(planes.value(1, index, rows: rows), before, to: after, count: size)
            Kernels.addProduct(
                planes.value(0, index, rows: rows), planes.value(2, index, rows: rows), to: after, count: size
            )
            let value = carryValue + index * size
            activation.forward(after, to: value, rows: rows, columns: units)
            Kernels.multiply(
                planes.value(3, index, rows: rows), value, to: outputs + (index + 1) * size, count: size)
            holdMasked(outputs, at: index, rows: rows)
            holdMasked(carry, at: index, rows: rows)
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
            let mask = mask(at: index, rows: rows)
            if mask != nil { Kernels.copy(state.carry, to: state.heldCarry, count: size) }
            differentiate(index, rows: rows)
            Kernels.fill(state.next, count: size, with: 0)
            for gate in 0..<4 {
                let gradient = planes.gradient(gate, index, rows: rows)
                if let mask { clearMasked(gradient, columns: units, mask: mask, rows: rows) }
                planes.recurBackward(gate, gradient, to: scratch, step)
                planes.addDropped(gate, scratch, to: state.next, step)
            }
            if let mask {
                addMasked(state.h, to: state.next, mask: mask, rows: rows)
                Kernels.selectRows(
                    mask: mask, state.carry, else: state.heldCarry, rows: rows, columns: units,
                    to: state.carry)
            }
            state.swap()
        }
        planes.addUpInput(bias: bias?.gradient, step)
        for gate in 0..<4 {
            planes.addUpRecurrent(
                gate, outputs: outputs, gradient: planes.gradient(gate, 0, rows: rows), step)
        }
    }

    /// The gradients of the gates at a step, and of the carry before it.
    private func differentiate(_ index: Int, rows: Int) {
        let size = rows * units
        let value = carryValue + index * size
        // The masked rows' carry is not the one that the value was made of, but their gradient is dropped anyway.
        Kernels.multiply(state.h, value, to: planes.gradient(3, index, rows: rows), count: size)
        Kernels.multiply(state.h, planes.value(3, index, rows: rows), to: scratch, count: size)
        activation.backward(
            x: carry + (index + 1) * size, y: value, dy: scratch, dx: scratch, rows: rows, columns: units)
        Kernels.add(state.carry, scratch, to: state.carry, count: size)
        let (i, g) = (planes.value(0, index, rows: rows), planes.value(2, index, rows: rows))
        Kernels.multiply(state.carry, g, to: planes.gradient(0, index, rows: rows), count: size)
        Kernels.multiply(state.carry, i, to: planes.gradient(2, index, rows: rows), count: size)
        Kernels.multiply(
            state.carry, carry + index * size, to: planes.gradient(1, index, rows: rows), count: size)
        Kernels.multiply(state.carry, planes.value(1, index, rows: rows), to: state.carry, count: size)
        for gate in 0..<4 { planes.differentiate(gate, index, rows: rows) }
    }

    override func keepStates(_ step: Step, in states: [UnsafeMutablePointer<Float>]) {
        let size = step.rows * units
        Kernels.copy(outputs + place.steps * size, to: states[0], count: size)
        Kernels.copy(carry + place.steps * size, to: states[1], count: size)
    }
}
