import Kernels
import Protocol

/// `scale · x / √(mean x² + epsilon)`, over `axis` of each sample (Zhang and Sennrich, 2019;
/// keras/src/layers/normalization/rms_normalization.py).
///
/// Input and output have one shape; the weight `scale` has the sizes of the axes.
struct RMSNormalization: Layer {
    static let className = "RMSNormalization"
    static let arguments: [Argument] =
        Argument.layer + [
            Argument("axis", .axes, default: -1),
            .number("epsilon", in: 0...Double.greatestFiniteMagnitude, default: 1e-6),
        ] + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func weights(for input: Shape) throws -> [WeightDescription] {
        let shape = try NormalizedAxes(configuration, input, name: name).weightShape
        return [WeightDescription("scale", shape, try Ones.withDefaults())]
    }

    func outputShape(for input: Shape) throws -> Shape {
        _ = try NormalizedAxes(configuration, input, name: name)
        return input
    }

    func makeOperation(_ site: Site) throws -> Operation {
        let axes = try NormalizedAxes(configuration, Shape(site.input.shape), name: name).axes
        return try RowNormalizationOperation(
            .rootMeanSquare(epsilon: configuration.float("epsilon")), shape: site.input.shape, axes: axes,
            gamma: SpreadWeight(site.weights[0], site), beta: nil, site)
    }
}
