import Kernels
import Protocol

/// `gamma · (x − mean) / √(variance + epsilon) + beta`, with the mean and variance of each sample over `axis`
/// (Ba et al., 2016; keras/src/layers/normalization/layer_normalization.py).
///
/// Input and output have one shape; `gamma` and `beta` have the sizes of the axes. With `rms_scaling`, as Keras has it,
/// the mean is not taken off and there is no beta.
struct LayerNormalization: Layer {
    static let className = "LayerNormalization"
    static let arguments: [Argument] =
        Argument.layer + [
            Argument("axis", .axes, default: -1),
            .number("epsilon", in: 0...Double.greatestFiniteMagnitude, default: 0.001),
            .boolean("center", default: true),
            .boolean("scale", default: true),
            .boolean("rms_scaling", default: false),
        ] + Argument.normalizationWeights + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    private var scalesOnly: Bool { configuration.bool("rms_scaling") }
    private var hasGamma: Bool { configuration.bool("scale") || scalesOnly }
    private var hasBeta: Bool { configuration.bool("center") && !scalesOnly }

    func weights(for input: Shape) throws -> [WeightDescription] {
        let shape = try NormalizedAxes(configuration, input, name: name).weightShape
        return configuration.normalizationWeights(shape, gamma: hasGamma, beta: hasBeta)
    }

    func outputShape(for input: Shape) throws -> Shape {
        _ = try NormalizedAxes(configuration, input, name: name)
        return input
    }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule { .pass }

    func makeOperation(_ site: Site) throws -> Operation {
        let axes = try NormalizedAxes(configuration, Shape(site.input.shape), name: name).axes
        let epsilon = configuration.float("epsilon")
        var slots = site.weights[...]
        return try RowNormalizationOperation(
            scalesOnly ? .variance(epsilon: epsilon) : .moments(epsilon: epsilon), shape: site.input.shape,
            axes: axes, gamma: try (hasGamma ? slots.popFirst() : nil).map { try SpreadWeight($0, site) },
            beta: try (hasBeta ? slots.popFirst() : nil).map { try SpreadWeight($0, site) }, site)
    }
}

extension Argument {
    /// The initializers, regularizers and constraints of gamma and beta.
    static let normalizationWeights: [Argument] = [
        .initializer("beta_initializer", default: "zeros"),
        .initializer("gamma_initializer", default: "ones"),
        .regularizer("beta_regularizer"),
        .regularizer("gamma_regularizer"),
        .constraint("beta_constraint"),
        .constraint("gamma_constraint"),
    ]
}

extension Arguments {
    /// The variables `gamma` and `beta`.
    func normalizationWeights(_ shape: [Int], gamma: Bool, beta: Bool) -> [WeightDescription] {
        [("gamma", gamma), ("beta", beta)].filter(\.1).map { name, _ in
            WeightDescription(
                name, shape, initializer("\(name)_initializer"),
                regularizer: regularizer("\(name)_regularizer"), constraint: constraint("\(name)_constraint"))
        }
    }
}
