import Kernels
import Protocol

/// Masks the steps whose features all equal `mask_value` (keras/src/layers/core/masking.py).
///
/// Input and output are `[batch, steps, features]`; what is masked becomes zero.
struct Masking: Layer {
    static let className = "Masking"
    static let arguments: [Argument] =
        Argument.layer + [.number("mask_value", default: 0.0)] + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func outputShape(for input: Shape) throws -> Shape {
        guard input.rank >= 2 else {
            throw ShapeError(
                "\(name) takes inputs of 2 dimensions or more, not of shape \(input).")
        }
        return input
    }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule {
        .computed(Shape(input.dimensions.dropLast()))
    }

    func makeOperation(_ site: Site) throws -> Operation { MaskingOperation(self, site) }
}

/// Finds the masked steps and empties them.
private final class MaskingOperation: Operation {
    private let input: Tensor
    private let output: Tensor
    private let value: Float
    private let features: Int

    init(_ layer: Masking, _ site: Site) {
        input = site.input
        output = site.output
        value = layer.configuration.float("mask_value")
        features = site.input.shape[site.input.shape.count - 1]
    }

    override func forward(_ step: Step) {
        guard let mask = output.mask else { return }
        for index in 0..<step.rows * input.rowCount / features {
            let source = input.values + index * features
            var counts = false
            for feature in 0..<features where source[feature] != value { counts = true }
            mask[index] = counts ? 1 : 0
            if counts {
                Kernels.copy(source, to: output.values + index * features, count: features)
            } else {
                Kernels.fill(output.values + index * features, count: features, with: 0)
            }
        }
    }

    override func backward(_ step: Step) {
        guard let mask = output.mask, let gradient = input.gradient, let outputGradient = output.gradient
        else { return }
        for index in 0..<step.rows * input.rowCount / features {
            Kernels.multiply(
                outputGradient + index * features, Float(mask[index]), to: gradient + index * features,
                count: features)
        }
    }
}
