import Kernels
import Protocol

/// Runs the cells of a recurrent layer over time-major copies of its input, and copies what they give back.
///
/// No cell hears from the ones behind it, so each goes over all steps before the next begins.
final class RecurrentOperation: Operation {
    private let site: Site
    private let steps: Int
    private let features: Int
    private let units: Int
    private let sequences: [CellSequence]
    private let input: UnsafeMutablePointer<Float>
    private let inputGradient: UnsafeMutablePointer<Float>?
    private let mask: OutputMask?
    private let returnsSequences: Bool
    private let goesBackwards: Bool
    /// The layer's states, cell after cell; empty unless it is stateful.
    private let states: [UnsafeMutablePointer<Float>]

    /// `cells` are the layer's, or stand for them where they depend on the input's shape.
    init(_ layer: any RecurrentLayer, _ site: Site, cells: [any RecurrentCell]? = nil) throws {
        let cells = cells ?? layer.cells.map(\.cell)
        self.site = site
        let shape = site.input.shape
        steps = shape[1]
        features = shape.dropFirst(2).reduce(1, *)
        returnsSequences = layer.returnsSequences
        goesBackwards = layer.goesBackwards
        states = site.states.map(\.values)
        input = try site.buffer(site.input.count)
        inputGradient = site.input.gradient == nil ? nil : try site.buffer(site.input.count)
        mask = try OutputMask(layer, site, units: cells.last?.stateSizes[0] ?? 0)
        var sequences: [CellSequence] = []
        var nextWeight = 0
        var nextState = 0
        for (index, cell) in cells.enumerated() {
            let width = index == 0 ? features : sequences[index - 1].units
            let count = try cell.weights(for: Shape([shape[0], width])).count
            let first = sequences.last.map { $0.outputs }
            let place = CellSite(
                site: site, steps: steps, rows: shape[0], features: width,
                source: UnsafePointer(first ?? input), followsCell: index > 0,
                inputGradient: index == 0 ? inputGradient : sequences[index - 1].outputGradient,
                weights: Array(site.weights[nextWeight..<nextWeight + count]),
                initialStates: states.isEmpty
                    ? [] : Array(states[nextState..<nextState + cell.stateSizes.count]),
                mask: mask.map { UnsafePointer($0.steps) }, maskPlaces: mask?.places ?? 1, index: index)
            sequences.append(try cell.makeSequence(place))
            nextWeight += count
            nextState += cell.stateSizes.count
        }
        self.sequences = sequences
        units = sequences.last?.units ?? 0
    }

    override func forward(_ step: Step) {
        let rows = step.rows
        Kernels.timeMajor(
            site.input.values, rows: rows, steps: steps, columns: features, reverses: goesBackwards, to: input
        )
        mask?.read(rows: rows)
        for sequence in sequences { sequence.forward(step) }
        keepStates(step)
        guard let last = sequences.last else { return }
        var outputs = last.output(before: 1, rows: rows)
        if let mask, mask.changesOutput { outputs = mask.apply(outputs, rows: rows) }
        if returnsSequences {
            Kernels.batchMajor(
                outputs, rows: rows, steps: steps, columns: units, reverses: false, to: site.output.values)
        } else {
            Kernels.copy(
                outputs + (steps - 1) * rows * units, to: site.output.values, count: rows * units)
        }
    }

    private func keepStates(_ step: Step) {
        if states.isEmpty { return }
        for sequence in sequences { sequence.keepStates(step, in: sequence.place.initialStates) }
    }

    override func backward(_ step: Step) {
        guard let outputGradient = site.output.gradient, let gradient = sequences.last?.outputGradient else {
            return
        }
        let rows = step.rows
        let lastOnly = !returnsSequences && mask == nil
        if returnsSequences {
            Kernels.timeMajor(
                outputGradient, rows: rows, steps: steps, columns: units, reverses: false, to: gradient)
        } else {
            if !lastOnly { Kernels.fill(gradient, count: (steps - 1) * rows * units, with: 0) }
            Kernels.copy(outputGradient, to: gradient + (steps - 1) * rows * units, count: rows * units)
        }
        if let mask, mask.changesOutput { mask.applyBackward(gradient, rows: rows) }
        for (index, sequence) in sequences.enumerated().reversed() {
            sequence.backward(step, lastOnly: lastOnly && index == sequences.count - 1)
        }
        guard let inputGradient, let target = site.input.gradient else { return }
        Kernels.batchMajor(
            inputGradient, rows: rows, steps: steps, columns: features, reverses: goesBackwards, to: target)
    }
}

/// What a mask does to a recurrent layer's output.
private final class OutputMask {
    /// Which rows count at a step, in the order in which the steps are run.
    let steps: UnsafeMutablePointer<UInt8>
    /// Whether the output is not simply the state after each step.
    let changesOutput: Bool
    /// How many places of a row are masked each by themselves.
    let places: Int
    private let source: Tensor
    private let count: Int
    /// Elements of the output at a place.
    private let units: Int
    private let goesBackwards: Bool
    /// Which rows are not emptied in the end; nil when none is.
    private let kept: UnsafeMutablePointer<UInt8>?
    /// Keras empties unrolled sequences by the mask in its own order, whichever way the steps are run.
    private let keepsOrder: Bool
    private let outputs: UnsafeMutablePointer<Float>
    private let carried: UnsafeMutablePointer<Float>

    /// Nil when the input has no mask on its steps.
    init?(_ layer: any RecurrentLayer, _ site: Site, units: Int) throws {
        let shape = site.input.shape
        // A mask of an image's positions is taken where the states have the same positions.
        let image = site.output.shape.dropFirst(layer.returnsSequences ? 2 : 1).dropLast().reduce(1, *)
        let masked = site.input.maskRowCount
        guard site.input.mask != nil, masked == shape[1] || masked == shape[1] * image else { return nil }
        places = masked / shape[1]
        let emptiesMasked = layer.configuration.bool("zero_output_for_mask")
        source = site.input
        count = shape[1]
        self.units = units / places
        goesBackwards = layer.goesBackwards
        steps = try site.buffer(shape[0] * masked, of: UInt8.self)
        changesOutput = emptiesMasked || layer.isStateful
        keepsOrder = emptiesMasked && layer.configuration.bool("unroll") && layer.returnsSequences
        kept = emptiesMasked ? try site.buffer(shape[0] * masked, of: UInt8.self) : nil
        outputs = try site.buffer(changesOutput ? shape[0] * shape[1] * units : 0)
        carried = try site.buffer(shape[0] * units)
    }

    /// Takes over the mask of the batch at hand.
    func read(rows: Int) {
        guard let mask = source.mask else { return }
        Kernels.timeMajor(
            mask: mask, rows: rows, steps: count, places: places, reverses: goesBackwards, to: steps)
        guard let kept else { return }
        Kernels.timeMajor(
            mask: mask, rows: rows, steps: count, places: places, reverses: goesBackwards && !keepsOrder,
            to: kept)
    }

    /// The outputs where masked steps repeat the one before, which is zero before the first, or are empty.
    func apply(_ states: UnsafePointer<Float>, rows: Int) -> UnsafeMutablePointer<Float> {
        let rows = rows * places
        Kernels.fill(carried, count: rows * units, with: 0)
        for step in 0..<count {
            let target = outputs + step * rows * units
            Kernels.selectRows(
                mask: steps + step * rows, states + step * rows * units, else: carried, rows: rows,
                columns: units, to: target)
            Kernels.copy(target, to: carried, count: rows * units)
            empty(target, step: step, rows: rows)
        }
        return outputs
    }

    private func empty(_ values: UnsafeMutablePointer<Float>, step: Int, rows: Int) {
        guard let kept else { return }
        for row in 0..<rows where kept[step * rows + row] == 0 {
            Kernels.fill(values + row * units, count: units, with: 0)
        }
    }

    /// Turns the gradient of the outputs into that of the states.
    func applyBackward(_ gradient: UnsafeMutablePointer<Float>, rows: Int) {
        let rows = rows * places
        Kernels.fill(carried, count: rows * units, with: 0)
        for step in (0..<count).reversed() {
            let place = gradient + step * rows * units
            empty(place, step: step, rows: rows)
            Kernels.add(place, carried, to: place, count: rows * units)
            for row in 0..<rows {
                let (own, waiting) = (place + row * units, carried + row * units)
                if steps[step * rows + row] == 0 {
                    Kernels.copy(own, to: waiting, count: units)
                    Kernels.fill(own, count: units, with: 0)
                } else {
                    Kernels.fill(waiting, count: units, with: 0)
                }
            }
        }
    }
}
