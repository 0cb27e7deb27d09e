import Kernels
import Protocol

/// Dropout that keeps mean and variance of activations that `selu` has made (Klambauer et al., 2017;
/// keras/src/layers/regularization/alpha_dropout.py): what is dropped becomes selu's lower bound, and everything is
/// then scaled and moved.
struct AlphaDropout: Layer {
    static let className = "AlphaDropout"
    static let arguments: [Argument] =
        Argument.layer + [
            .number("rate", in: 0...1),
            .randomSeed,
            Argument("noise_shape", .shape, default: .null),
        ] + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        configuration = arguments
        guard arguments.number("rate") < 1 else {
            throw ArgumentError("rate", "rate is below 1: nothing would be left to keep the variance.")
        }
        guard arguments.sizes("noise_shape").allSatisfy({ $0.map { $0 > 0 } ?? true }) else {
            throw ArgumentError("noise_shape", "noise_shape is a list of sizes from 1; null is the input's.")
        }
    }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule { .pass }

    func makeOperation(_ site: Site) throws -> Operation { try AlphaDropoutOperation(self, site) }
}

/// `y = a · (x · kept + lowest · (1 − kept)) + b`.
private final class AlphaDropoutOperation: Operation {
    private static let lowest = -1.673_263_242_354_377_2 * 1.050_700_987_355_480_5

    private let input: Tensor
    private let output: Tensor
    private let rate: Double
    private let scale: Double
    private let kept: BroadcastNoise
    private let dropped: UnsafeMutablePointer<Float>
    private let random: LayerRandom

    init(_ layer: AlphaDropout, _ site: Site) throws {
        input = site.input
        output = site.output
        rate = layer.configuration.number("rate")
        scale = 1 / ((1 - rate) * (1 + rate * Self.lowest * Self.lowest)).squareRoot()
        let open = [Int?](repeating: nil, count: site.input.shape.count)
        let noise = layer.configuration.has("noise_shape") ? layer.configuration.sizes("noise_shape") : open
        kept = try BroadcastNoise(shape: noise, name: layer.name, site)
        dropped = try site.buffer(site.input.count)
        random = LayerRandom(layer, site)
    }

    override func forward(_ step: Step) {
        let count = step.rows * input.rowCount
        guard step.isTraining, rate > 0 else {
            return Kernels.copy(input.values, to: output.values, count: count)
        }
        kept.draw(rows: step.rows) {
            random.generator(step).bernoulli($0, probability: Float(1 - rate), count: $1)
        }
        // y = a · kept · (x − lowest) + (a · lowest + b), with b = −a · lowest · rate.
        let lowest = Float(Self.lowest)
        Kernels.add(input.values, -lowest, to: dropped, count: count)
        kept.multiply(dropped, to: output.values, rows: step.rows)
        Kernels.multiply(output.values, Float(scale), to: output.values, count: count)
        let shift = Float(scale * Self.lowest * (1 - rate))
        Kernels.add(output.values, shift, to: output.values, count: count)
    }

    override func backward(_ step: Step) {
        guard let gradient = input.gradient, let outputGradient = output.gradient else { return }
        let count = step.rows * input.rowCount
        if rate <= 0 { return Kernels.copy(outputGradient, to: gradient, count: count) }
        kept.multiply(outputGradient, to: gradient, rows: step.rows)
        Kernels.multiply(gradient, Float(scale), to: gradient, count: count)
    }
}
