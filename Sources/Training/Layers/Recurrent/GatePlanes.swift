import Kernels
import Protocol

/// The gates of a cell each by itself, `[gates, steps, rows, units]`: for activations that look along a gate's units,
/// and for dropout that differs from gate to gate.
final class GatePlanes {
    private let place: CellSite
    private let units: Int
    private let kernel: WeightSlot
    private let recurrent: WeightSlot
    private let activations: [ActivationRun]
    private let inputDropout: CellDropout?
    private let recurrentDropout: CellDropout?
    /// What goes into the gates' activations, and what comes out.
    private let before: UnsafeMutablePointer<Float>
    private let after: UnsafeMutablePointer<Float>
    /// The gradient of what goes in.
    private let gradients: UnsafeMutablePointer<Float>
    private let dropped: UnsafeMutablePointer<Float>
    /// What the recurrent kernel is multiplied by at each step, gate by gate; kept where it is not the output itself.
    private let states: UnsafeMutablePointer<Float>
    private let product: Product

    init(
        _ cell: any RecurrentCell, _ place: CellSite, activations: [Activation], keepsStates: Bool
    ) throws {
        self.place = place
        let units = cell.stateSizes[0]
        self.units = units
        self.activations = try activations.map {
            try ActivationRun($0, sample: [units], rows: place.rows, place.site)
        }
        kernel = place.weights[0]
        recurrent = place.weights[1]
        let gates = activations.count
        let (steps, rows, features) = (place.steps, place.rows, place.features)
        let sets = cell.configuration.float("recurrent_dropout") > 0 && gates > 1 ? gates : 1
        inputDropout = try CellDropout(cell, "dropout", sets: sets, columns: features, place)
        recurrentDropout = try CellDropout(cell, "recurrent_dropout", sets: sets, columns: units, place)
        let site = place.site
        before = try site.buffer(gates * steps * rows * units)
        after = try site.buffer(gates * steps * rows * units)
        gradients = try site.buffer(site.isTraining ? gates * steps * rows * units : 0)
        dropped = try site.buffer(inputDropout == nil ? 0 : steps * rows * features)
        let keeps = keepsStates || recurrentDropout != nil
        states = try site.buffer(keeps ? gates * steps * rows * units : 0)
        product = Product(site)
        for (count, inner) in [(steps * rows, features), (steps * rows, units), (rows, units)] {
            product.reserve(rows: count, inner: inner, columns: units)
        }
        for inner in [features, units] {
            product.reserve(forward(rows: steps * rows, inner: inner))
            product.reserve(weightGradient(rows: steps * rows, inner: inner))
            product.reserve(inputGradient(rows: steps * rows, inner: inner))
        }
        product.reserve(forward(rows: rows, inner: units))
        product.reserve(inputGradient(rows: rows, inner: units))
    }

    private var gates: Int { activations.count }

    private func offset(_ gate: Int, _ index: Int, rows: Int) -> Int {
        (gate * place.steps + index) * rows * units
    }

    /// What goes into a gate's activation at a step.
    func input(_ gate: Int, _ index: Int, rows: Int) -> UnsafeMutablePointer<Float> {
        before + offset(gate, index, rows: rows)
    }

    /// What comes out of it.
    func value(_ gate: Int, _ index: Int, rows: Int) -> UnsafeMutablePointer<Float> {
        after + offset(gate, index, rows: rows)
    }

    /// The gradient of what goes in; before `differentiate` of what comes out.
    func gradient(_ gate: Int, _ index: Int, rows: Int) -> UnsafeMutablePointer<Float> {
        gradients + offset(gate, index, rows: rows)
    }

    /// What a gate's recurrent kernel is multiplied by at a step.
    func state(_ gate: Int, _ index: Int, rows: Int) -> UnsafeMutablePointer<Float> {
        states + offset(gate, index, rows: rows)
    }
}

/// A gate's products: its columns of the kernels, its plane of the values.
extension GatePlanes {
    private func forward(rows: Int, inner: Int) -> MatrixProduct {
        MatrixProduct(rows: rows, columns: units, depth: inner, leadingB: gates * units)
    }

    private func weightGradient(rows: Int, inner: Int) -> MatrixProduct {
        MatrixProduct(
            rows: inner, columns: units, depth: rows, transposeA: true, leadingC: gates * units)
    }

    private func inputGradient(rows: Int, inner: Int) -> MatrixProduct {
        MatrixProduct(
            rows: rows, columns: inner, depth: units, transposeB: true, leadingB: gates * units)
    }

    /// The input's part of all gates at all steps.
    func project(_ step: Step, bias: UnsafePointer<Float>?) {
        let rows = step.rows
        if step.isTraining { inputDropout?.draw(step) }
        if step.isTraining { recurrentDropout?.draw(step) }
        for gate in 0..<gates {
            let x = droppedInput(gate, step)
            product.run(
                forward(rows: place.steps * rows, inner: place.features), x, kernel.values + gate * units,
                input(gate, 0, rows: rows), bias: bias.map { $0 + gate * units }, step.team)
        }
    }

    private func droppedInput(_ gate: Int, _ step: Step) -> UnsafePointer<Float> {
        let x = place.input(rows: step.rows)
        guard let inputDropout, step.isTraining else { return x }
        inputDropout.apply(
            x, set: min(gate, inputDropout.sets - 1), to: dropped, steps: place.steps, rows: step.rows)
        return UnsafePointer(dropped)
    }

    /// Adds the product of a state with a gate's recurrent kernel to `target`, or puts it there.
    func recur(
        _ gate: Int, _ index: Int, state h: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>,
        accumulate: Bool, bias: UnsafePointer<Float>? = nil, isOwn: Bool = false, _ step: Step
    ) {
        var h = h
        if let recurrentDropout, step.isTraining, !isOwn {
            let dropped = state(gate, index, rows: step.rows)
            recurrentDropout.apply(h, set: min(gate, recurrentDropout.sets - 1), to: dropped, rows: step.rows)
            h = UnsafePointer(dropped)
        }
        product.run(
            forward(rows: step.rows, inner: units), h, recurrent.values + gate * units, target,
            accumulate: accumulate, bias: bias, step.team)
    }

    /// Dropout of a state for a gate.
    func drop(_ gate: Int, _ h: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, _ step: Step) {
        if let recurrentDropout, step.isTraining {
            recurrentDropout.apply(h, set: min(gate, recurrentDropout.sets - 1), to: target, rows: step.rows)
        } else {
            Kernels.copy(h, to: target, count: step.rows * units)
        }
    }

    /// Adds to a state's gradient what comes back through `drop`.
    func addDropped(
        _ gate: Int, _ gradient: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, _ step: Step
    ) {
        if let recurrentDropout, step.isTraining {
            recurrentDropout.add(
                gradient, set: min(gate, recurrentDropout.sets - 1), to: target, rows: step.rows)
        } else {
            Kernels.add(target, gradient, to: target, count: step.rows * units)
        }
    }

    /// Applies a gate's activation at a step.
    func activate(_ gate: Int, _ index: Int, rows: Int) {
        activations[gate].forward(
            input(gate, index, rows: rows), to: value(gate, index, rows: rows), rows: rows, columns: units)
    }

    /// Turns the gradient of a gate's value into that of what went in.
    func differentiate(_ gate: Int, _ index: Int, rows: Int) {
        let place = gradient(gate, index, rows: rows)
        activations[gate].backward(
            x: input(gate, index, rows: rows), y: value(gate, index, rows: rows), dy: place, dx: place,
            rows: rows, columns: units)
    }

    /// The product of a gradient with a gate's recurrent kernel: what comes back to what it was multiplied by.
    func recurBackward(
        _ gate: Int, _ gradient: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, _ step: Step
    ) {
        product.run(
            inputGradient(rows: step.rows, inner: units), gradient, recurrent.values + gate * units, target,
            step.team)
    }

    /// The gradients of kernel, bias and input, from the gates' of all steps.
    func addUpInput(bias: UnsafeMutablePointer<Float>?, _ step: Step) {
        let rows = place.steps * step.rows
        for gate in 0..<gates {
            let gradient = gradient(gate, 0, rows: step.rows)
            if let bias { Kernels.columnSums(gradient, rows: rows, columns: units, to: bias + gate * units) }
            if let target = kernel.gradient {
                product.run(
                    weightGradient(rows: rows, inner: place.features), droppedInput(gate, step), gradient,
                    target + gate * units, step.team)
            }
            guard let target = place.inputGradient else { continue }
            if let inputDropout, step.isTraining {
                if gate == 0 { Kernels.fill(target, count: rows * place.features, with: 0) }
                product.run(
                    inputGradient(rows: rows, inner: place.features), gradient, kernel.values + gate * units,
                    dropped, step.team)
                inputDropout.add(
                    dropped, set: min(gate, inputDropout.sets - 1), to: target, steps: place.steps,
                    rows: step.rows)
            } else {
                product.run(
                    inputGradient(rows: rows, inner: place.features), gradient, kernel.values + gate * units,
                    target, accumulate: gate > 0, step.team)
            }
        }
    }

    /// The gradient of a gate's recurrent kernel; `outputs` are the states before each step, `gradient` that of the
    /// product of all steps.
    func addUpRecurrent(
        _ gate: Int, outputs: UnsafePointer<Float>, gradient: UnsafePointer<Float>, isOwn: Bool = false,
        _ step: Step
    ) {
        guard let target = recurrent.gradient else { return }
        let isDropped = recurrentDropout != nil && step.isTraining
        let h = isDropped || isOwn ? UnsafePointer(state(gate, 0, rows: step.rows)) : outputs
        product.run(
            weightGradient(rows: place.steps * step.rows, inner: units), h, gradient, target + gate * units,
            step.team)
    }
}
