import Kernels
import Protocol

/// An activation function as a layer (keras/src/layers/activations/activation.py).
///
/// Input and output have one shape, unless the activation is `glu`, which halves the last axis.
struct ActivationLayer: Layer {
    static let className = "Activation"
    static let arguments: [Argument] =
        Argument.layer + [.activation(default: nil)] + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func outputShape(for input: Shape) throws -> Shape {
        try configuration.activation().outputShape(for: input)
    }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule { .pass }

    func makeOperation(_ site: Site) throws -> Operation {
        try ActivationOperation(configuration.activation(), site)
    }
}

/// An activation along the last axis of a tensor.
final class ActivationOperation: Operation {
    private let activation: ActivationRun
    private let input: Tensor
    private let output: Tensor
    private let columns: Int
    private var startsBefore = false

    init(_ activation: Activation, _ site: Site) throws {
        self.activation = try ActivationRun(
            activation, sample: Array(site.input.shape.dropFirst()), rows: site.input.rows, site)
        input = site.input
        output = site.output
        columns = site.input.shape.count > 1 ? site.input.shape[site.input.shape.count - 1] : 1
    }

    override func forward(_ step: Step) {
        let rows = step.rows * input.rowCount / columns
        activation.forward(input.values, to: output.values, rows: rows, columns: columns, step.team)
    }

    override func backward(_ step: Step) {
        guard let gradient = input.gradient, let outputGradient = output.gradient else { return }
        let rows = step.rows * input.rowCount / columns
        if startsBefore {
            Kernels.copy(outputGradient, to: gradient, count: rows * columns)
        } else {
            activation.backward(
                x: input.values, y: output.values, dy: outputGradient, dx: gradient, rows: rows,
                columns: columns, step.team)
        }
    }

    override func valuesBefore(_ activation: Activation, of tensor: Tensor) -> UnsafeMutablePointer<Float>? {
        guard activation == self.activation.activation, tensor === output, output.count == input.count else {
            return nil
        }
        return input.values
    }

    override func startBackwardBeforeActivation() { startsBefore = true }
}

extension Site {
    /// The operation of a layer that ends in an activation. Sigmoid and softmax come in an operation of their own,
    /// before which a loss may start.
    func activated(
        _ activation: Activation, _ make: (Activation, Site) throws -> Operation
    ) throws -> Operation {
        guard activation == .sigmoid || activation == .softmax else { return try make(activation, self) }
        let before = try tensor(output.shape)
        return Chain([
            try make(.linear, part(input: input, output: before, weights: weights.indices)),
            try ActivationOperation(activation, part(input: before, output: output, weights: 0..<0)),
        ])
    }
}
