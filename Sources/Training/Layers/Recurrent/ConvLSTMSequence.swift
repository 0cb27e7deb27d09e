import Kernels
import Protocol

/// A convolutional LSTM over whole sequences: windows are laid out as rows, and each place of an image is a row of
/// gates.
final class ConvLSTMSequence: CellSequence {
    private let kernel: WeightSlot
    private let recurrent: WeightSlot
    private let bias: WeightSlot?
    private let gates: ConvLSTMGates
    private let dropout: CellDropout?
    private let recurrentDropout: CellDropout?
    private let inputWindows: Windows
    private let stateWindows: Windows
    private let filters: Int
    /// Places of an image.
    private let positions: Int
    private let carry: UnsafeMutablePointer<Float>
    private let state: GradientState
    private let dropped: UnsafeMutablePointer<Float>
    private let columns: UnsafeMutablePointer<Float>
    private let columnGradient: UnsafeMutablePointer<Float>
    private let image: UnsafeMutablePointer<Float>
    private let product: Product

    init(_ cell: ConvLSTMCell, _ place: CellSite) throws {
        let site = place.site
        let units = cell.stateSizes[0]
        kernel = place.weights[0]
        recurrent = place.weights[1]
        bias = place.weights.count > 2 ? place.weights[2] : nil
        filters = cell.configuration.integer("filters")
        positions = cell.outputLengths.reduce(1, *)
        (inputWindows, stateWindows) = cell.windows()
        dropout = try CellDropout(cell, "dropout", sets: 4, columns: place.features, place)
        recurrentDropout = try CellDropout(cell, "recurrent_dropout", sets: 4, columns: units, place)
        gates = try ConvLSTMGates(cell, place, positions: positions, filters: filters)
        carry = try site.buffer((place.steps + 1) * place.rows * units)
        state = try GradientState(site, rows: place.rows, units: units)
        let widest = max(inputWindows.windowCount, stateWindows.windowCount)
        let largest = max(place.features, units)
        dropped = try site.buffer(place.rows * largest)
        image = try site.buffer(place.rows * largest)
        columns = try site.buffer(place.rows * positions * widest)
        columnGradient = try site.buffer(site.isTraining ? place.rows * positions * widest : 0)
        product = Product(site)
        try super.init(place, units: units)
        for depth in [inputWindows.windowCount, stateWindows.windowCount] {
            for sets in [1, 4] {
                let rows = place.rows * positions
                product.reserve(forward(rows: rows, depth: depth, sets: sets))
                product.reserve(weightGradient(rows: rows, depth: depth, sets: sets))
                product.reserve(windowGradient(rows: rows, depth: depth, sets: sets))
            }
        }
    }

    /// A convolution's products; with `sets` of 4 each gate has its own, else one is for all.
    private func forward(rows: Int, depth: Int, sets: Int) -> MatrixProduct {
        MatrixProduct(
            rows: rows, columns: 4 * filters / sets, depth: depth, leadingB: 4 * filters,
            leadingC: 4 * filters)
    }

    private func weightGradient(rows: Int, depth: Int, sets: Int) -> MatrixProduct {
        MatrixProduct(
            rows: depth, columns: 4 * filters / sets, depth: rows, transposeA: true, leadingB: 4 * filters,
            leadingC: 4 * filters)
    }

    private func windowGradient(rows: Int, depth: Int, sets: Int) -> MatrixProduct {
        MatrixProduct(
            rows: rows, columns: depth, depth: 4 * filters / sets, transposeB: true, leadingA: 4 * filters,
            leadingB: 4 * filters)
    }

    /// Lays the windows of a step's images out, after dropout if there is any.
    private func layOut(
        _ x: UnsafePointer<Float>, _ windows: Windows, _ dropout: CellDropout?, set: Int, _ step: Step
    ) {
        var source = x
        if let dropout, step.isTraining {
            dropout.apply(x, set: set, to: dropped, rows: step.rows)
            source = UnsafePointer(dropped)
        }
        imageToColumns(source, windows, rows: 0..<step.rows * positions, to: columns)
    }

    private func sets(_ dropout: CellDropout?, _ step: Step) -> Int {
        dropout == nil || !step.isTraining ? 1 : 4
    }

    /// Adds the convolution of a step's images to what goes into the gates.
    private func convolve(
        _ x: UnsafePointer<Float>, _ windows: Windows, _ dropout: CellDropout?, _ weight: WeightSlot,
        to z: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>?, accumulate: Bool, _ step: Step
    ) {
        let sets = sets(dropout, step)
        for set in 0..<sets {
            layOut(x, windows, dropout, set: set, step)
            let offset = set * 4 * filters / sets
            product.run(
                forward(rows: step.rows * positions, depth: windows.windowCount, sets: sets), columns,
                weight.values + offset, z + offset, accumulate: accumulate, bias: bias.map { $0 + offset },
                step.team)
        }
    }

    override func forward(_ step: Step) {
        let size = step.rows * units
        if step.isTraining {
            dropout?.draw(step)
            recurrentDropout?.draw(step)
        }
        begin(outputs, place.initialStates.first, count: size)
        begin(carry, place.initialStates.last, count: size)
        let x = place.input(rows: step.rows)
        for index in 0..<place.steps {
            let z = gates.input(index, rows: step.rows)
            convolve(
                x + index * step.rows * place.features, inputWindows, dropout, kernel, to: z,
                bias: bias.map { UnsafePointer($0.values) }, accumulate: false, step)
            convolve(
                outputs + index * size, stateWindows, recurrentDropout, recurrent, to: z, bias: nil,
                accumulate: true, step)
            gates.forward(
                index, previousCarry: carry + index * size, carry: carry + (index + 1) * size,
                h: outputs + (index + 1) * size, rows: step.rows)
            holdMasked(outputs, at: index, rows: step.rows)
            holdMasked(carry, at: index, rows: step.rows)
        }
    }

    override func backward(_ step: Step, lastOnly: Bool) {
        guard let outputGradient else { return }
        let rows = step.rows
        let size = rows * units
        state.begin(count: size)
        for slot in [kernel, recurrent, bias] {
            if let slot, let gradient = slot.gradient { Kernels.fill(gradient, count: slot.count, with: 0) }
        }
        for index in (0..<place.steps).reversed() {
            if !lastOnly || index == place.steps - 1 {
                Kernels.add(state.h, outputGradient + index * size, to: state.h, count: size)
            }
            let mask = mask(at: index, rows: rows)
            if mask != nil { Kernels.copy(state.carry, to: state.heldCarry, count: size) }
            let dz = gates.backward(
                index, previousCarry: carry + index * size, carry: carry + (index + 1) * size, dh: state.h,
                dCarry: state.carry, rows: rows)
            if let mask { clearMasked(dz, columns: 4 * units, mask: mask, rows: rows) }
            differentiate(index, dz, step)
            if let mask {
                addMasked(state.h, to: state.next, mask: mask, rows: rows)
                select(state.carry, else: state.heldCarry, mask: mask, rows: rows, to: state.carry)
            }
            state.swap()
        }
    }

    /// The gradients of a step's weights, of its input and of the state before it, from the gates'.
    private func differentiate(_ index: Int, _ dz: UnsafePointer<Float>, _ step: Step) {
        let runs = step.rows * positions
        if let gradient = bias?.gradient {
            Kernels.columnSums(dz, rows: runs, columns: 4 * filters, to: gradient, accumulate: true)
        }
        let x = place.input(rows: step.rows) + index * step.rows * place.features
        convolveBackward(
            x, inputWindows, dropout, kernel, dz, features: place.features,
            to: place.inputGradient.map { $0 + index * step.rows * place.features }, step)
        convolveBackward(
            outputs + index * step.rows * units, stateWindows, recurrentDropout, recurrent, dz,
            features: units, to: state.next, step)
    }

    private func convolveBackward(
        _ x: UnsafePointer<Float>, _ windows: Windows, _ dropout: CellDropout?, _ weight: WeightSlot,
        _ dz: UnsafePointer<Float>, features: Int, to target: UnsafeMutablePointer<Float>?, _ step: Step
    ) {
        let runs = step.rows * positions
        let sets = sets(dropout, step)
        if let target { Kernels.fill(target, count: step.rows * features, with: 0) }
        for set in 0..<sets {
            let offset = set * 4 * filters / sets
            if let gradient = weight.gradient {
                layOut(x, windows, dropout, set: set, step)
                product.run(
                    weightGradient(rows: runs, depth: windows.windowCount, sets: sets), columns, dz + offset,
                    gradient + offset, accumulate: true, step.team)
            }
            guard let target else { continue }
            product.run(
                windowGradient(rows: runs, depth: windows.windowCount, sets: sets), dz + offset,
                weight.values + offset, columnGradient, step.team)
            if let dropout, step.isTraining {
                Kernels.fill(image, count: step.rows * features, with: 0)
                columnsToImage(columnGradient, windows, rows: 0..<runs, to: image)
                dropout.add(image, set: set, to: target, rows: step.rows)
            } else {
                columnsToImage(columnGradient, windows, rows: 0..<runs, to: target)
            }
        }
    }

    override func keepStates(_ step: Step, in states: [UnsafeMutablePointer<Float>]) {
        let size = step.rows * units
        Kernels.copy(outputs + place.steps * size, to: states[0], count: size)
        Kernels.copy(carry + place.steps * size, to: states[1], count: size)
    }
}

/// The gates of a `ConvLSTM`, `[steps, rows · positions, 4 · filters]`: fused for Keras's standard activations, gate by
/// gate for others.
private final class ConvLSTMGates {
    private let positions: Int
    private let filters: Int
    private let isStandard: Bool
    /// The activations of input, forget, candidate and output gate.
    private let activations: [ActivationRun]
    private let values: UnsafeMutablePointer<Float>
    /// What went into the activations, where they are not the standard ones.
    private let before: UnsafeMutablePointer<Float>
    private let carryValue: UnsafeMutablePointer<Float>
    private let row: UnsafeMutablePointer<Float>
    private let other: UnsafeMutablePointer<Float>

    init(_ cell: ConvLSTMCell, _ place: CellSite, positions: Int, filters: Int) throws {
        self.positions = positions
        self.filters = filters
        let activation = cell.configuration.activation()
        let recurrent = cell.configuration.activation("recurrent_activation")
        activations = try [recurrent, recurrent, activation, recurrent].map {
            try ActivationRun($0, sample: [filters], rows: 1, place.site)
        }
        isStandard = activation == .tanh && recurrent == .sigmoid
        let count = place.steps * place.rows * positions * filters
        values = try place.site.buffer(4 * count)
        before = try place.site.buffer(isStandard ? 0 : 4 * count)
        carryValue = try place.site.buffer(count)
        row = try place.site.buffer(filters)
        other = try place.site.buffer(filters)
    }

    private func start(_ index: Int, rows: Int) -> Int { index * rows * positions * 4 * filters }

    /// What goes into the gates at a step.
    func input(_ index: Int, rows: Int) -> UnsafeMutablePointer<Float> {
        (isStandard ? values : before) + start(index, rows: rows)
    }

    func forward(
        _ index: Int, previousCarry: UnsafePointer<Float>, carry: UnsafeMutablePointer<Float>,
        h: UnsafeMutablePointer<Float>, rows: Int
    ) {
        let runs = rows * positions
        let gates = values + start(index, rows: rows)
        let carryValue = carryValue + index * runs * filters
        if isStandard {
            return Kernels.lstmForward(
                z: gates, previousCarry: previousCarry, carry: carry, carryTanh: carryValue, h: h, rows: runs,
                units: filters)
        }
        let z = before + start(index, rows: rows)
        for run in 0..<runs {
            let (source, target) = (z + run * 4 * filters, gates + run * 4 * filters)
            for gate in 0..<4 {
                activations[gate].forward(
                    source + gate * filters, to: target + gate * filters, rows: 1, columns: filters)
            }
            let (c, t) = (carry + run * filters, carryValue + run * filters)
            Kernels.multiply(target + filters, previousCarry + run * filters, to: c, count: filters)
            Kernels.addProduct(target, target + 2 * filters, to: c, count: filters)
            activations[2].forward(c, to: t, rows: 1, columns: filters)
            Kernels.multiply(target + 3 * filters, t, to: h + run * filters, count: filters)
        }
    }

    /// The gradient of what went into the gates; `dCarry` becomes that of the carry before.
    func backward(
        _ index: Int, previousCarry: UnsafePointer<Float>, carry: UnsafePointer<Float>,
        dh: UnsafePointer<Float>, dCarry: UnsafeMutablePointer<Float>, rows: Int
    ) -> UnsafeMutablePointer<Float> {
        let runs = rows * positions
        let gates = values + start(index, rows: rows)
        let carryValue = carryValue + index * runs * filters
        if isStandard {
            Kernels.lstmBackward(
                gates: gates, previousCarry: previousCarry, carryTanh: carryValue, dh: dh, dCarry: dCarry,
                dz: gates, rows: runs, units: filters)
            return gates
        }
        let z = before + start(index, rows: rows)
        for run in 0..<runs {
            let at = run * filters
            differentiate(
                z + 4 * at, gates + 4 * at, previousCarry: previousCarry + at, carry: carry + at,
                carryValue: carryValue + at, dh: dh + at, dCarry: dCarry + at)
        }
        return gates
    }

    /// One place of an image; the gates' gradients take the place of their values.
    private func differentiate(
        _ z: UnsafePointer<Float>, _ gates: UnsafeMutablePointer<Float>, previousCarry: UnsafePointer<Float>,
        carry: UnsafePointer<Float>, carryValue: UnsafePointer<Float>, dh: UnsafePointer<Float>,
        dCarry: UnsafeMutablePointer<Float>
    ) {
        func close(_ gate: Int, _ gradient: UnsafeMutablePointer<Float>) {
            let value = gates + gate * filters
            activations[gate].backward(
                x: z + gate * filters, y: value, dy: gradient, dx: gradient, rows: 1, columns: filters)
            Kernels.copy(gradient, to: value, count: filters)
        }
        Kernels.multiply(dh, gates + 3 * filters, to: row, count: filters)
        activations[2].backward(x: carry, y: carryValue, dy: row, dx: row, rows: 1, columns: filters)
        Kernels.add(dCarry, row, to: dCarry, count: filters)
        Kernels.multiply(dh, carryValue, to: row, count: filters)
        close(3, row)
        // Candidate and input gate need each other's values.
        let candidate = gates + 2 * filters
        Kernels.multiply(dCarry, candidate, to: row, count: filters)
        Kernels.multiply(dCarry, gates, to: other, count: filters)
        close(0, row)
        close(2, other)
        Kernels.multiply(dCarry, previousCarry, to: row, count: filters)
        Kernels.multiply(dCarry, gates + filters, to: dCarry, count: filters)
        close(1, row)
    }
}
