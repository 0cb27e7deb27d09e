import Protocol

/// One layer of a stack: its configuration, its weights, its output shape, and its work.
///
/// A layer is a value and knows no batch: `makeOperation` gives the object that runs it on buffers.
package protocol Layer: Configurable {
    /// The variables for inputs of a shape, in Keras's order: trainable ones first, then inner layers'.
    func weights(for input: Shape) throws -> [WeightDescription]
    /// Variables that are no weights and live from batch to batch, such as recurrent states.
    func states(for input: Shape) throws -> [WeightDescription]
    /// Keras's `compute_output_shape`; unknown sizes stay unknown.
    func outputShape(for input: Shape) throws -> Shape
    /// The output's shape for an input of which every size is known, where Keras leaves a size open even so.
    func laidOutShape(for input: Shape) throws -> Shape
    /// What becomes of a mask on the input's steps; `mask` is its shape, nil when there is none.
    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule
    /// Whether `trainable: false` freezes the variables. It does not where they are those of a layer inside, which
    /// answers for itself: so it is with Keras's wrappers.
    var freezesWeights: Bool { get }
    /// Whether a sample's output depends on the others of the batch, in training or without.
    func mixesSamples(isTraining: Bool) -> Bool
    /// Whether the output is the input's memory under another shape.
    var isView: Bool { get }
    /// Whether the output is the input itself, with the logits behind it, and nothing is to be computed.
    func handsOnInput(isTraining: Bool) -> Bool
    /// The regularizer of the layer's output, if any.
    var activityRegularizer: (any Regularizer)? { get }
    /// The object that computes the layer on the site's tensors.
    func makeOperation(_ site: Site) throws -> Operation
}

/// A layer whose output is the output of a layer inside it.
package protocol ContainerLayer: Layer {
    /// Lays out the inner layers: what computes them, and what they fill. The site's output is not used.
    func place(_ site: Site) throws -> (operations: [Operation], output: Tensor)
}

extension ContainerLayer {
    package func makeOperation(_ site: Site) throws -> Operation { Chain(try place(site).operations) }
}

/// What a layer does with a mask (`compute_mask`).
package enum MaskRule: Sendable {
    /// The output has no mask.
    case none
    /// The input's mask goes on, if there is one (Keras's `supports_masking`).
    case pass
    /// The operation writes a mask of this shape.
    case computed(Shape)
}

extension Layer {
    package func weights(for input: Shape) throws -> [WeightDescription] { [] }
    package func states(for input: Shape) throws -> [WeightDescription] { [] }
    package func outputShape(for input: Shape) throws -> Shape { input }
    package func laidOutShape(for input: Shape) throws -> Shape { try outputShape(for: input) }
    package func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule { .none }
    package var freezesWeights: Bool { true }
    package func mixesSamples(isTraining: Bool) -> Bool { configuration.hasMixingActivation }
    package var isView: Bool { false }
    package func handsOnInput(isTraining: Bool) -> Bool { false }
    package var activityRegularizer: (any Regularizer)? { configuration.regularizer("activity_regularizer") }

    /// The layer's own name; the stack gives one where the definition does not.
    var name: String { configuration.string("name") }
    /// Whether the layer's weights are trained.
    var isTrainable: Bool { !configuration.has("trainable") || configuration.bool("trainable") }

    /// The variables as what holds the layer lists them: below the layer's name, and frozen if the layer is.
    func listedWeights(for input: Shape) throws -> [WeightDescription] {
        try weights(for: input).map { weight in
            var listed = weight.inside(name)
            if freezesWeights, !isTrainable { listed.isTrainable = false }
            return listed
        }
    }
}

/// A variable of a layer: what it is called, how large it is and what it starts as.
package struct WeightDescription: Sendable {
    /// Keras's path below the layer: `kernel`, `lstm_cell/bias`.
    package var path: String
    package let shape: [Int]
    package let initializer: any Initializer
    package var isTrainable: Bool
    let regularizer: (any Regularizer)?
    let constraint: (any Constraint)?
    /// Whether each step looks up some rows of it, so that the gradients of the others are zero.
    let isTable: Bool

    init(
        _ path: String, _ shape: [Int], _ initializer: any Initializer, trainable: Bool = true,
        regularizer: (any Regularizer)? = nil, constraint: (any Constraint)? = nil, isTable: Bool = false
    ) {
        self.path = path
        self.shape = shape
        self.initializer = initializer
        isTrainable = trainable
        self.regularizer = regularizer
        self.constraint = constraint
        self.isTable = isTable
    }

    /// The same variable of a layer inside another.
    func inside(_ name: String) -> WeightDescription {
        var copy = self
        copy.path = name.isEmpty ? path : "\(name)/\(path)"
        return copy
    }
}

extension Argument {
    /// What every layer takes.
    static let layer: [Argument] = [
        Argument("name", .string, default: ""),
        .boolean("trainable", default: true),
        .dtype(),
    ]

    /// What every layer takes that Keras does not write.
    static let layerBehaviour: [Argument] = [
        .regularizer("activity_regularizer", hiddenWhenNull: true)
    ]
}

/// The shape of an input that a layer cannot work on.
package struct ShapeError: Error {
    package let detail: String
    init(_ detail: String) { self.detail = detail }
}

extension Shape {
    /// Throws unless the rank is as asked.
    func require(rank wanted: Int, for layer: String) throws {
        if rank != wanted {
            throw ShapeError(
                "\(layer) takes inputs of \(wanted) dimensions with the batch, but its input has shape \(self)."
            )
        }
    }

    /// The size of a dimension that has to be known when the layer is built.
    func size(_ index: Int, for layer: String) throws -> Int {
        let position = index < 0 ? rank + index : index
        guard dimensions.indices.contains(position), let size = dimensions[position] else {
            throw ShapeError("\(layer) has to know dimension \(index) of its input, which has shape \(self).")
        }
        return size
    }
}
