import Protocol

/// A Keras Sequential model: a stack of layers, and once its input's shape is known, their shapes and weights.
///
/// A value: adding a layer or building for a shape gives another one. It holds no weights; see `ModelState`.
public struct Sequential: Sendable {
    /// The definition it was made from, every layer named.
    public let definition: ModelDefinition
    /// The input's shape with the batch, nil until it is known; `nil` sizes stand for any.
    public let inputShape: Shape?
    let stack: SequentialLayer
    /// What was worked out for the input's shape; nil until it is known.
    let built: [BuiltLayer]?

    /// A layer and what it is for the model's input shape.
    struct BuiltLayer: Sendable {
        let layer: any Layer
        let input: Shape
        let output: Shape
        let weights: [WeightDescription]
        let states: [WeightDescription]
    }

    /// Makes the layers and, if the input's shape is known, builds them. Throws a problem that lists every fault.
    public init(_ definition: ModelDefinition) throws(Problem) {
        let faults = Faults()
        let named = LayerNames.assign(definition, faults: faults)
        let layers = named.layers.map { Registry.layer($0, faults: faults) }
        Self.checkInput(named, faults: faults)
        try faults.check()
        var configuration = Arguments.defaults(
            of: SequentialLayer.arguments, className: SequentialLayer.className)
        configuration.set("name", .string(named.name))
        configuration.set("trainable", .bool(named.trainable))
        stack = SequentialLayer(configuration, layers: layers.compactMap { $0 })
        self.definition = named
        inputShape = named.inputShape
        if let shape = named.inputShape, !named.layers.isEmpty {
            built = try Self.build(stack, named, for: shape)
        } else {
            built = nil
        }
    }

    private static func checkInput(_ definition: ModelDefinition, faults: Faults) {
        let known = [
            "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
            "bool",
        ]
        if !known.contains(definition.inputDType) {
            faults.add(
                .root,
                "The input's dtype is one of \(known.joined(separator: ", ")), not '\(definition.inputDType.prefix(40))'."
            )
        }
    }

    private static func build(
        _ stack: SequentialLayer, _ definition: ModelDefinition, for input: Shape
    ) throws(Problem) -> [BuiltLayer] {
        var shape = input
        var result: [BuiltLayer] = []
        for (layer, place) in zip(stack.layers, definition.layers) {
            do {
                let output = try layer.outputShape(for: shape)
                if output.dimensions.contains(where: { $0.map { $0 < 1 } ?? false }) {
                    throw ShapeError(
                        "\(layer.name) turns an input of shape \(shape) into one of shape \(output), which holds nothing."
                    )
                }
                if let sample = output.batch(1).known { try layer.activityRegularizer?.check(shape: sample) }
                let weights = try layer.listedWeights(for: shape).map { weight -> WeightDescription in
                    guard weight.shape.checkedProduct != nil else {
                        throw ShapeError(
                            "The weight \(weight.path) of \(layer.name) would have shape \(Shape(weight.shape)), which fits no memory."
                        )
                    }
                    try weight.regularizer?.check(shape: weight.shape)
                    try weight.constraint?.check(shape: weight.shape)
                    var listed = weight
                    listed.isTrainable = weight.isTrainable && definition.trainable
                    return listed
                }
                let states = try layer.states(for: shape).map { $0.inside(layer.name) }
                result.append(
                    BuiltLayer(layer: layer, input: shape, output: output, weights: weights, states: states))
                shape = output
            } catch let error as ShapeError {
                throw .fault(place.pointer, error.detail)
            } catch let problem as Problem {
                throw problem
            } catch {
                throw .fault(place.pointer, "\(layer.name) cannot be built for an input of shape \(shape).")
            }
        }
        return result
    }

    /// Whether the shapes and weights are known.
    public var isBuilt: Bool { built != nil }

    /// The output's shape with the batch, nil until the model is built.
    public var outputShape: Shape? { built?.last?.output }

    /// The same model built for an input shape, if it has none yet. The batch of a shape from data is left open.
    public func built(for shape: Shape) throws(Problem) -> Sequential {
        guard !isBuilt else { return self }
        var definition = definition
        definition.inputShape = shape.batch(nil)
        return try Sequential(definition)
    }

    /// Keras's `.add()`.
    public func adding(_ json: JSONValue) throws(Problem) -> Sequential {
        let faults = Faults()
        var definition = definition
        if let layer = LayerDefinition(reading: json, at: .root, faults: faults) {
            definition.append(layer, faults: faults)
        }
        try faults.check()
        return try Sequential(definition)
    }

    /// Keras's `.pop()`; nil when there is no layer to take away.
    public func removingLast() throws(Problem) -> Sequential? {
        var definition = definition
        guard definition.removeLast() else { return nil }
        return try Sequential(definition)
    }

    /// The variables in Keras's `get_weights()` order; empty until the model is built.
    var weights: [WeightDescription] { built?.flatMap(\.weights) ?? [] }

    /// The variables that are no weights, such as recurrent states.
    var states: [WeightDescription] { built?.flatMap(\.states) ?? [] }

    /// Whether states live from batch to batch.
    public var isStateful: Bool { !states.isEmpty }
}

extension SequentialLayer {
    init(_ configuration: Arguments, layers: [any Layer]) {
        self.configuration = configuration
        self.layers = layers
    }
}

extension Sequential {
    /// The layers of the stack.
    package var layers: [any Layer] { stack.layers }
}
