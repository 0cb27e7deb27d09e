import Kernels
import Protocol

/// `x` above zero, `alpha · (e^x − 1)` below (keras/src/layers/activations/elu.py).
struct ELU: ElementwiseLayer {
    static let className = "ELU"
    static let arguments: [Argument] =
        [Argument.layer[0], .number("alpha", default: 1.0)] + Argument.layer.dropFirst()
        + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    var kind: ActivationKind { .elu(alpha: configuration.float("alpha")) }
}
