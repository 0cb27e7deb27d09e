import Kernels
import Protocol

/// A cell with Keras's standard activations, its gates side by side: the input's part of all steps is one product, a
/// step is one product and one pass, and each weight's gradient is one product.
class GateSequence: CellSequence {
    let bias: WeightSlot?
    /// Before a step the input's part, then the gates, then their gradient: `[steps, rows, gates · units]`.
    let gates: UnsafeMutablePointer<Float>
    /// The state's part, then its gradient, of the same shape: the gates' own place where the two parts are summed.
    let inner: UnsafeMutablePointer<Float>
    let state: GradientState
    /// By the recurrent kernel, and back.
    let recurrence: RecurrentProduct
    let recurrenceBack: RecurrentProduct
    private let kernel: WeightSlot
    private let recurrent: WeightSlot
    private let dropout: CellDropout?
    /// The input after dropout.
    private let dropped: UnsafeMutablePointer<Float>
    private let columns: Int
    private let product: Product

    /// - Parameters:
    ///   - count: Gates of the cell.
    ///   - keepsInner: Whether the state's part stands by itself.
    init(_ cell: any RecurrentCell, _ place: CellSite, gates count: Int, keepsInner: Bool) throws {
        let site = place.site
        let units = cell.stateSizes[0]
        let (steps, rows, features) = (place.steps, place.rows, place.features)
        columns = count * units
        kernel = place.weights[0]
        recurrent = place.weights[1]
        bias = place.weights.count > 2 ? place.weights[2] : nil
        dropout = try CellDropout(cell, "dropout", sets: 1, columns: features, place)
        dropped = try site.buffer(dropout == nil ? 0 : steps * rows * features)
        gates = try site.buffer(steps * rows * columns)
        inner = keepsInner ? try site.buffer(steps * rows * columns) : gates
        state = try GradientState(site, rows: rows, units: units)
        product = Product(site)
        product.reserve(rows: steps * rows, inner: features, columns: columns)
        product.reserve(rows: steps * rows, inner: units, columns: columns)
        recurrence = try RecurrentProduct(site, columns: columns, depth: units)
        recurrenceBack = try RecurrentProduct(site, columns: units, depth: columns, transposed: true)
        try super.init(place, units: units)
    }

    /// Puts the initial states in front of the first step.
    func beginStates(count: Int) { begin(outputs, place.initialStates.first, count: count) }

    /// All steps for some rows: no row of a batch depends on another.
    func forward(_ span: Range<Int>, of rows: Int) {}

    /// All steps back for some rows.
    func backward(_ span: Range<Int>, of rows: Int, lastOnly: Bool) {}

    private func input(_ step: Step) -> UnsafePointer<Float> {
        dropout != nil && step.isTraining ? UnsafePointer(dropped) : place.input(rows: step.rows)
    }

    override func forward(_ step: Step) {
        let rows = step.rows
        if let dropout, step.isTraining {
            dropout.draw(step)
            dropout.apply(place.input(rows: rows), set: 0, to: dropped, steps: place.steps, rows: rows)
        }
        beginStates(count: rows * units)
        product.multiply(
            input(step), kernel.values, to: gates, rows: place.steps * rows, inner: place.features,
            columns: columns, bias: bias?.values, step.team)
        recurrence.prepare(recurrent.values)
        step.team.share(StepsForward(sequence: self, rows: rows), count: rows, cost: cost(rows))
    }

    override func backward(_ step: Step, lastOnly: Bool) {
        guard outputGradient != nil else { return }
        let rows = step.rows
        state.begin(count: rows * units)
        recurrenceBack.prepare(recurrent.values)
        step.team.share(
            StepsBackward(sequence: self, rows: rows, lastOnly: lastOnly), count: rows, cost: cost(rows))
        addUp(step)
    }

    private func cost(_ rows: Int) -> Int { place.steps * rows * units * columns }

    private struct StepsForward: SharedPass {
        unowned(unsafe) let sequence: GateSequence
        let rows: Int
        func run(_ span: Range<Int>, part: Int) { sequence.forward(span, of: rows) }
    }

    private struct StepsBackward: SharedPass {
        unowned(unsafe) let sequence: GateSequence
        let rows: Int
        let lastOnly: Bool
        func run(_ span: Range<Int>, part: Int) { sequence.backward(span, of: rows, lastOnly: lastOnly) }
    }

    /// The weights' and the input's gradients, from the gates' of all steps.
    private func addUp(_ step: Step) {
        let rows = place.steps * step.rows
        if let gradient = bias?.gradient {
            step.team.columnSums(gates, rows: rows, columns: columns, to: gradient)
            if inner != gates {
                step.team.columnSums(inner, rows: rows, columns: columns, to: gradient + columns)
            }
        }
        if let gradient = kernel.gradient {
            product.multiplyTransposingLeft(
                input(step), gates, to: gradient, rows: place.features, inner: rows, columns: columns,
                step.team)
        }
        if let gradient = recurrent.gradient {
            product.multiplyTransposingLeft(
                outputs, inner, to: gradient, rows: units, inner: rows, columns: columns, step.team)
        }
        guard let gradient = place.inputGradient else { return }
        product.multiplyTransposingRight(
            gates, kernel.values, to: gradient, rows: rows, inner: columns, columns: place.features,
            step.team)
        if let dropout, step.isTraining {
            dropout.apply(gradient, set: 0, to: gradient, steps: place.steps, rows: step.rows)
        }
    }
}
