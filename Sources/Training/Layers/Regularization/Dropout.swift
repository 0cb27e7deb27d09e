import Kernels
import Protocol

/// Sets a share `rate` of the inputs to zero while training and scales the others by `1 / (1 − rate)`
/// (keras/src/layers/regularization/dropout.py).
///
/// `noise_shape` gives the shape of what is drawn, which is repeated over the axes where it has size 1. What is
/// dropped depends on the seed (the fit's, unless the layer has its own), the layer and the step alone.
struct Dropout: Layer {
    static let className = "Dropout"
    static let arguments: [Argument] =
        Argument.layer + [
            .number("rate", in: 0...1),
            .randomSeed,
            Argument("noise_shape", .shape, default: .null),
        ] + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        configuration = arguments
        guard arguments.sizes("noise_shape").allSatisfy({ $0.map { $0 > 0 } ?? true }) else {
            throw ArgumentError(
                "noise_shape", "noise_shape is a list of sizes from 1; null is the input's.")
        }
    }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule { .pass }

    package func handsOnInput(isTraining: Bool) -> Bool {
        !isTraining || configuration.float("rate") <= 0
    }

    func makeOperation(_ site: Site) throws -> Operation {
        let noise = configuration.has("noise_shape") ? configuration.sizes("noise_shape") : nil
        return try DropoutOperation(self, rate: configuration.float("rate"), noiseShape: noise, site)
    }
}

/// Drops elements, or whole runs of them where the noise has fewer elements than the input.
final class DropoutOperation: Operation {
    private let input: Tensor
    private let output: Tensor
    private let rate: Float
    private let random: LayerRandom
    private let noise: BroadcastNoise?

    init(_ layer: any Layer, rate: Float, noiseShape: [Int?]?, _ site: Site) throws {
        input = site.input
        output = site.output
        self.rate = rate
        random = LayerRandom(layer, site)
        noise = try noiseShape.map { try BroadcastNoise(shape: $0, name: layer.name, site) }
    }

    override func forward(_ step: Step) {
        let count = step.rows * input.rowCount
        guard step.isTraining, rate > 0 else {
            return Kernels.copy(input.values, to: output.values, count: count)
        }
        if let noise {
            noise.draw(rows: step.rows) { random.generator(step).dropout($0, to: $0, rate: rate, count: $1) }
            noise.multiply(input.values, to: output.values, rows: step.rows)
        } else {
            drop(input.values, to: output.values, count: count, step)
        }
    }

    override func backward(_ step: Step) {
        guard let gradient = input.gradient, let outputGradient = output.gradient else { return }
        let count = step.rows * input.rowCount
        if rate <= 0 {
            Kernels.copy(outputGradient, to: gradient, count: count)
        } else if let noise {
            noise.multiply(outputGradient, to: gradient, rows: step.rows)
        } else {
            drop(outputGradient, to: gradient, count: count, step)
        }
    }

    /// Backward draws what forward drew: nothing is kept in between.
    private func drop(
        _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int, _ step: Step
    ) {
        step.team.share(
            DropoutPass(generator: random.generator(step), rate: rate, x: x, y: y), count: count,
            cost: 4 * count, unit: 32)
    }
}

private struct DropoutPass: SharedPass {
    let generator: Philox
    let rate: Float
    let x: UnsafePointer<Float>
    let y: UnsafeMutablePointer<Float>

    func run(_ span: Range<Int>, part: Int) {
        let first = span.lowerBound
        generator.dropout(x + first, to: y + first, rate: rate, offset: UInt64(first), count: span.count)
    }
}
