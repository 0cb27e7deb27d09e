import Kernels
import Protocol

/// Adds normal noise of standard deviation `stddev` while training (keras/src/layers/regularization/gaussian_noise.py).
struct GaussianNoise: Layer {
    static let className = "GaussianNoise"
    static let arguments: [Argument] =
        Argument.layer + [.number("stddev", in: 0...1, aliases: ["sigma"]), .randomSeed]
        + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule { .pass }

    func makeOperation(_ site: Site) throws -> Operation {
        try GaussianOperation(
            self, mean: 0, standardDeviation: configuration.float("stddev"), multiplies: false, site)
    }
}

/// Multiplies by normal noise of mean 1 and variance `rate / (1 − rate)` while training
/// (keras/src/layers/regularization/gaussian_dropout.py; Srivastava et al., 2014).
struct GaussianDropout: Layer {
    static let className = "GaussianDropout"
    static let arguments: [Argument] =
        Argument.layer + [.number("rate", in: 0...1), .randomSeed] + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        configuration = arguments
        guard arguments.number("rate") < 1 else {
            throw ArgumentError("rate", "rate is below 1: the noise's variance is rate / (1 - rate).")
        }
    }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule { .pass }

    func makeOperation(_ site: Site) throws -> Operation {
        let rate = configuration.number("rate")
        return try GaussianOperation(
            self, mean: 1, standardDeviation: Float((rate / (1 - rate)).squareRoot()), multiplies: true, site)
    }
}

/// Adds normal noise, or multiplies by it.
private final class GaussianOperation: Operation {
    private let input: Tensor
    private let output: Tensor
    private let mean: Float
    private let standardDeviation: Float
    private let multiplies: Bool
    private let noise: UnsafeMutablePointer<Float>
    private let random: LayerRandom

    init(_ layer: any Layer, mean: Float, standardDeviation: Float, multiplies: Bool, _ site: Site) throws {
        input = site.input
        output = site.output
        self.mean = mean
        self.standardDeviation = standardDeviation
        self.multiplies = multiplies
        noise = try site.buffer(site.isTraining ? site.input.count : 0)
        random = LayerRandom(layer, site)
    }

    override func forward(_ step: Step) {
        let count = step.rows * input.rowCount
        guard step.isTraining, standardDeviation > 0 else {
            return Kernels.copy(input.values, to: output.values, count: count)
        }
        random.generator(step).normal(noise, count: count, mean: mean, standardDeviation: standardDeviation)
        if multiplies {
            Kernels.multiply(input.values, noise, to: output.values, count: count)
        } else {
            Kernels.add(input.values, noise, to: output.values, count: count)
        }
    }

    override func backward(_ step: Step) {
        guard let gradient = input.gradient, let outputGradient = output.gradient else { return }
        let count = step.rows * input.rowCount
        if multiplies, standardDeviation > 0 {
            Kernels.multiply(outputGradient, noise, to: gradient, count: count)
        } else {
            Kernels.copy(outputGradient, to: gradient, count: count)
        }
    }
}
