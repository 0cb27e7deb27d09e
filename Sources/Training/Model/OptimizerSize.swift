import Protocol

extension Sequential {
    /// How many numbers an optimizer keeps for this model, as Keras counts them: its slots without the padding
    /// between variables, the number of steps, and the learning rate unless a schedule gives it.
    public func optimizerParameterCount(_ state: OptimizerState, _ compilation: Compilation) -> Int {
        let line = Arena.alignment / MemoryLayout<Float>.size
        let trained = weights.filter(\.isTrainable).map { $0.shape.checkedProduct ?? 0 }
        let count = trained.reduce(0, +)
        let padded = trained.reduce(0) { $0 + ($1 + line - 1) / line * line }
        let slots = state.slots.reduce(0) { $0 + ($1.count == padded ? count : $1.count) }
        let learningRate = compilation.optimizer.configuration.config["learning_rate"]
        return slots + 1 + (learningRate?.object == nil ? 1 : 0)
    }
}
