import Kernels
import Protocol

/// One step of a fully connected recurrence, `h = activation(x·W + h·U + b)` (keras/src/layers/rnn/simple_rnn.py).
///
/// `kernel` is `[features, units]`, `recurrent_kernel` `[units, units]`, `bias` `[units]`. State: h, `[batch, units]`.
struct SimpleRNNCell: RecurrentCell {
    static let className = "SimpleRNNCell"
    static let arguments: [Argument] =
        Argument.layer + [
            .integer("units", aliases: ["output_dim"]),
            .activation(default: "tanh"),
            .boolean("use_bias", default: true),
        ] + Argument.cellWeights + Argument.cellDropout + [.randomSeed, .legacy("implementation", [])]
        + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    var stateSizes: [Int] { [configuration.integer("units")] }

    func weights(for input: Shape) throws -> [WeightDescription] {
        let units = stateSizes[0]
        return configuration.cellWeights(
            features: try input.size(-1, for: name), units: units, gates: 1, biasShape: [units],
            biasInitializer: configuration.initializer("bias_initializer"))
    }

    func makeSequence(_ site: CellSite) throws -> CellSequence { try SimpleRNNSequence(self, site) }
}

/// A fully connected recurrence over whole sequences.
private final class SimpleRNNSequence: CellSequence {
    private let planes: GatePlanes
    private let bias: WeightSlot?
    private let state: GradientState
    private let scratch: UnsafeMutablePointer<Float>

    init(_ cell: SimpleRNNCell, _ place: CellSite) throws {
        let units = cell.stateSizes[0]
        planes = try GatePlanes(
            cell, place, activations: [cell.configuration.activation()], keepsStates: false)
        bias = place.weights.count > 2 ? place.weights[2] : nil
        state = try GradientState(place.site, rows: place.rows, units: units)
        scratch = try place.site.buffer(place.rows * units)
        try super.init(place, units: units)
    }

    override func forward(_ step: Step) {
        let rows = step.rows
        let size = rows * units
        begin(outputs, place.initialStates.first, count: size)
        planes.project(step, bias: bias.map { UnsafePointer($0.values) })
        for index in 0..<place.steps {
            planes.recur(
                0, index, state: outputs + index * size, to: planes.input(0, index, rows: rows),
                accumulate: true, step)
            planes.activate(0, index, rows: rows)
            Kernels.copy(
                planes.value(0, index, rows: rows), to: outputs + (index + 1) * size, count: size)
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
            let gradient = planes.gradient(0, index, rows: rows)
            Kernels.copy(state.h, to: gradient, count: size)
            planes.differentiate(0, index, rows: rows)
            let mask = mask(at: index, rows: rows)
            if let mask { clearMasked(gradient, columns: units, mask: mask, rows: rows) }
            planes.recurBackward(0, gradient, to: scratch, step)
            Kernels.fill(state.next, count: size, with: 0)
            planes.addDropped(0, scratch, to: state.next, step)
            if let mask { addMasked(state.h, to: state.next, mask: mask, rows: rows) }
            state.swap()
        }
        planes.addUpInput(bias: bias?.gradient, step)
        planes.addUpRecurrent(0, outputs: outputs, gradient: planes.gradient(0, 0, rows: rows), step)
    }

    override func keepStates(_ step: Step, in states: [UnsafeMutablePointer<Float>]) {
        Kernels.copy(outputs + place.steps * step.rows * units, to: states[0], count: step.rows * units)
    }
}
