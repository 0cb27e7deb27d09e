import Protocol

/// A stack of layers that is a layer of another stack.
struct SequentialLayer: ContainerLayer {
    static let className = "Sequential"
    static let arguments: [Argument] =
        Argument.layer + [
            Argument("layers", .layers, default: []),
            Argument("build_input_shape", .shape, default: .null, hiddenWhenNull: true),
        ]

    let configuration: Arguments
    let layers: [any Layer]

    init(_ arguments: Arguments) throws {
        configuration = arguments
        layers = arguments.layers("layers")
    }

    func weights(for input: Shape) throws -> [WeightDescription] {
        try collect(input) { try $0.listedWeights(for: $1) }
    }

    func states(for input: Shape) throws -> [WeightDescription] {
        try collect(input) { layer, input in try layer.states(for: input).map { $0.inside(layer.name) } }
    }

    private func collect(
        _ input: Shape, _ descriptions: (any Layer, Shape) throws -> [WeightDescription]
    ) throws -> [WeightDescription] {
        var shape = input
        var result: [WeightDescription] = []
        for layer in layers {
            result += try descriptions(layer, shape)
            shape = try layer.outputShape(for: shape)
        }
        return result
    }

    /// What the stack itself says of its input's shape.
    var statedInput: Shape? {
        if let shape = (layers.first as? InputLayer)?.stated { return shape }
        if configuration.has("build_input_shape") { return Shape(configuration.sizes("build_input_shape")) }
        return (layers.first as? SequentialLayer)?.statedInput
    }

    func outputShape(for input: Shape) throws -> Shape {
        try layers.reduce(input) { try $1.outputShape(for: $0) }
    }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule { .pass }

    var freezesWeights: Bool { false }

    package func mixesSamples(isTraining: Bool) -> Bool {
        layers.contains { $0.mixesSamples(isTraining: isTraining) }
    }

    /// Lays out the layers one behind the other.
    package func place(_ site: Site) throws -> (operations: [Operation], output: Tensor) {
        var operations: [Operation] = []
        var tensor = site.input
        var nextWeight = 0
        var nextState = 0
        for (index, layer) in layers.enumerated() {
            let shape = Shape(tensor.shape)
            let weightCount = try layer.weights(for: shape).count
            let stateCount = try layer.states(for: shape).count
            let placement = try site.place(
                layer, on: tensor, weights: nextWeight..<nextWeight + weightCount,
                states: nextState..<nextState + stateCount, stream: UInt32(index))
            operations += placement.operations
            tensor = placement.output
            nextWeight += weightCount
            nextState += stateCount
        }
        return (operations, tensor)
    }
}

/// Operations run one after the other.
final class Chain: Operation {
    private let operations: [Operation]

    init(_ operations: [Operation]) { self.operations = operations }

    override func forward(_ step: Step) {
        for operation in operations { operation.forward(step) }
    }

    override func backward(_ step: Step) {
        var index = operations.count
        while index > 0 {
            index -= 1
            operations[index].backward(step)
        }
    }

    override func valuesBefore(_ activation: Activation, of tensor: Tensor) -> UnsafeMutablePointer<Float>? {
        operations.last?.valuesBefore(activation, of: tensor)
    }

    override func startBackwardBeforeActivation() { operations.last?.startBackwardBeforeActivation() }
}
