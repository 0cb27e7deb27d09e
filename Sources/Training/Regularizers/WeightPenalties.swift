/// What the regularizers of the trained weights add to the loss and to the gradients.
final class WeightPenalties {
    private let penalties: [(operation: RegularizerOperation, slot: WeightSlot)]

    init(_ variables: Variables) throws {
        penalties = try variables.trainable.compactMap { slot, description in
            try description.regularizer.map {
                (try $0.makeOperation(shape: slot.shape, isBatch: false), slot)
            }
        }
    }

    /// The sum of all penalties of the weights as they are now.
    var value: Double {
        var sum = 0.0
        for (operation, slot) in penalties { sum += operation.value(slot.values, count: slot.count) }
        return sum
    }

    /// Adds the penalties' gradients to those of the loss.
    func addGradients() {
        for (operation, slot) in penalties {
            if let gradient = slot.gradient {
                operation.addGradient(slot.values, scale: 1, to: gradient, count: slot.count)
            }
        }
    }
}
