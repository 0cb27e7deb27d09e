import Kernels
import Protocol

/// `x` above zero, `negative_slope · x` below (keras/src/layers/activations/leaky_relu.py).
struct LeakyReLU: ElementwiseLayer {
    static let className = "LeakyReLU"
    static let arguments: [Argument] =
        Argument.layer + [
            .number(
                "negative_slope", in: 0...Double.greatestFiniteMagnitude, default: 0.3, aliases: ["alpha"])
        ] + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    var kind: ActivationKind { .leakyReLU(negativeSlope: configuration.float("negative_slope")) }
}
