import Protocol

/// What a model is, for the service's description and for `summary()`.
public struct ModelDescription: Sendable, Hashable {
    /// One layer of the stack.
    public struct LayerDescription: Sendable, Hashable {
        /// The layer's name.
        public let name: String
        /// Keras's class name.
        public let className: String
        /// The output's shape with the batch; nil until the model is built.
        public let outputShape: Shape?
        /// How many numbers its weights hold.
        public let parameterCount: Int
        /// Whether its weights are trained.
        public let isTrainable: Bool
    }

    /// The layers, first to last.
    public let layers: [LayerDescription]
    /// How many numbers the weights hold, by whether they are trained.
    public let trainableCount: Int
    /// Numbers in weights that are not trained.
    public let nonTrainableCount: Int
    /// Numbers in all weights.
    public var totalCount: Int { trainableCount + nonTrainableCount }
}

/// A weight's name, shape and kind.
public struct WeightInfo: Sendable, Hashable {
    /// Keras's path without the model's name, such as `dense/kernel`.
    public let path: String
    /// Its shape.
    public let shape: [Int]
    /// Whether it is trained.
    public let isTrainable: Bool
}

extension Sequential {
    /// The layers and their sizes.
    public var description: ModelDescription {
        let layers = stack.layers.enumerated().map { index, layer in
            let built = built?[index]
            return ModelDescription.LayerDescription(
                name: layer.name, className: type(of: layer).className, outputShape: built?.output,
                parameterCount: Self.count(built?.weights ?? []), isTrainable: layer.isTrainable)
        }
        return ModelDescription(
            layers: layers, trainableCount: Self.count(weights.filter(\.isTrainable)),
            nonTrainableCount: Self.count(weights.filter { !$0.isTrainable }))
    }

    /// The weights in Keras's `get_weights()` order; empty until the model is built.
    public var weightInfo: [WeightInfo] {
        weights.map { WeightInfo(path: $0.path, shape: $0.shape, isTrainable: $0.isTrainable) }
    }

    private static func count(_ weights: [WeightDescription]) -> Int {
        weights.reduce(0) { $0 &+ ($1.shape.checkedProduct ?? 0) }
    }
}
