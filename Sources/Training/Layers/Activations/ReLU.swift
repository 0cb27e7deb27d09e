import Kernels
import Protocol

/// `x` above `threshold` and at most `max_value`, `negative_slope · (x − threshold)` below
/// (keras/src/layers/activations/relu.py).
struct ReLU: ElementwiseLayer {
    static let className = "ReLU"
    static let arguments: [Argument] =
        Argument.layer + [
            .number("max_value", in: 0...Double.greatestFiniteMagnitude, default: .null),
            .number("negative_slope", in: 0...Double.greatestFiniteMagnitude, default: 0.0),
            .number("threshold", in: 0...Double.greatestFiniteMagnitude, default: 0.0),
        ] + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    var kind: ActivationKind {
        .relu(
            negativeSlope: configuration.float("negative_slope"),
            maxValue: configuration.optionalNumber("max_value").map(Float.init),
            threshold: configuration.float("threshold"))
    }
}

/// A layer that is a function of each element.
protocol ElementwiseLayer: Layer {
    var kind: ActivationKind { get }
}

extension ElementwiseLayer {
    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule { .pass }

    func makeOperation(_ site: Site) throws -> Operation {
        try ActivationOperation(Activation(name: name, form: .elementwise(kind)), site)
    }
}
