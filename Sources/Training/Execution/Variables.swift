import Protocol

/// A model's variables in an arena: all trained ones in one run, their gradients in another laid out alike.
final class Variables {
    /// Each weight's place, in the model's order.
    let weights: [WeightSlot]
    let states: [WeightSlot]
    /// The weights that are trained, with their descriptions.
    let trainable: [(slot: WeightSlot, description: WeightDescription)]
    /// The run of trained weights, and of their gradients.
    let values: UnsafeMutablePointer<Float>
    let gradients: UnsafeMutablePointer<Float>
    /// Elements of either run, padding included.
    let count: Int
    private let model: Sequential
    /// Where they lie; it lives as long as they do.
    private let arena: Arena

    init(_ model: Sequential, trains: Bool, arena: Arena) throws(Problem) {
        self.model = model
        self.arena = arena
        let descriptions = model.weights
        let trained = descriptions.filter(\.isTrainable)
        var total = 0
        for description in trained { total += try Self.padded(description) }
        count = total
        values = try arena.take(total)
        gradients = try arena.take(trains ? total : 0)
        var offset = 0
        var slots: [WeightSlot] = []
        var trainable: [(WeightSlot, WeightDescription)] = []
        for description in descriptions {
            if description.isTrainable {
                var slot = WeightSlot(
                    shape: description.shape, values: values + offset,
                    gradient: trains ? gradients + offset : nil)
                if trains, description.isTable {
                    slot.touchedRows = try TouchedRows(shape: description.shape, arena: arena)
                }
                slots.append(slot)
                trainable.append((slot, description))
                offset += try Self.padded(description)
            } else {
                let place = try arena.take(description.shape.reduce(1, *), of: Float.self)
                slots.append(WeightSlot(shape: description.shape, values: place, gradient: nil))
            }
        }
        weights = slots
        self.trainable = trainable
        var states: [WeightSlot] = []
        for state in model.states {
            states.append(
                WeightSlot(
                    shape: state.shape, values: try arena.take(state.shape.reduce(1, *)), gradient: nil))
        }
        self.states = states
    }

    /// A weight's elements with the padding up to the next cache line.
    private static func padded(_ description: WeightDescription) throws(Problem) -> Int {
        guard let count = description.shape.checkedProduct, count <= Int.max / 8 else {
            throw Problem(.unprocessable, "The weight \(description.path) does not fit in memory.")
        }
        let line = Arena.alignment / MemoryLayout<Float>.size
        return (count + line - 1) / line * line
    }

    /// Copies a state's variables in.
    func load(_ state: ModelState) {
        for (slot, variable) in zip(weights, state.weights) { Self.copy(variable, to: slot) }
        for (slot, variable) in zip(states, state.states) { Self.copy(variable, to: slot) }
    }

    private static func copy(_ variable: Variable, to slot: WeightSlot) {
        variable.withUnsafeBytes { $0.copy(to: slot.values, count: slot.count) }
    }

    /// The weights as they are now.
    var currentWeights: [Variable] { lentWeights.map(\.copied) }

    /// The states as they are now.
    var currentStates: [Variable] { lentStates.map(\.copied) }

    /// The weights where they lie, lent to those who are done with them before the next step.
    var lentWeights: [Variable] { lent(model.weights, weights) }

    /// The states where they lie, lent likewise.
    var lentStates: [Variable] { lent(model.states, states) }

    private func lent(_ descriptions: [WeightDescription], _ slots: [WeightSlot]) -> [Variable] {
        zip(descriptions, slots).map { description, slot in
            Variable(
                path: description.path, shape: slot.shape,
                lent: UnsafeRawBufferPointer(UnsafeBufferPointer(start: slot.values, count: slot.count)),
                owner: arena.memory)
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Copies numbers to a place for `count` of them, as many as there are.
    func copy(to target: UnsafeMutablePointer<Float>, count: Int) {
        guard let baseAddress else { return }
        UnsafeMutableRawPointer(target).copyMemory(
            from: baseAddress, byteCount: Swift.min(self.count, count * MemoryLayout<Float>.size))
    }
}
