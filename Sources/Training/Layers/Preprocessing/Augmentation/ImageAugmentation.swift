import Kernels
import Protocol

/// A layer that changes images while training, each by numbers of its own, and gives them back as they are otherwise
/// (keras/src/layers/preprocessing/image_preprocessing/base_image_preprocessing_layer.py).
///
/// Input and output `[batch, height, width, channels]`, or `[batch, channels, height, width]` with `channels_first`. What
/// is drawn depends on the seed (the fit's, unless the layer has its own), the layer and the step alone. The gradient
/// goes back through the change.
protocol ImageAugmentation: Layer {
    associatedtype Change: ImageChange
    /// What is done to images of a form.
    func makeChange(_ image: ImagePlanes, _ site: Site) throws -> Change
}

/// A change of images: numbers drawn for a batch, and what they do to each of its images.
protocol ImageChange {
    /// Draws what the images of the batch at hand are changed by.
    func draw(_ random: LayerRandom, _ step: Step)
    /// Writes the change of image `row` of the batch.
    func forward(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, row: Int)
    /// Writes the gradient by image `row`.
    func backward(
        _ dy: UnsafePointer<Float>, x: UnsafePointer<Float>, to dx: UnsafeMutablePointer<Float>, row: Int)
}

extension Argument {
    /// What all these layers take; boxes around objects are carried along and not used.
    static let augmentation: [Argument] =
        Argument.layer + [
            .dataFormat, .randomSeed,
            Argument("bounding_box_format", .string, default: .null, hiddenWhenNull: true),
        ] + Argument.layerBehaviour
}

extension ImageAugmentation {
    func outputShape(for input: Shape) throws -> Shape {
        _ = try ImageShape(
            input, positions: 2, isChannelsFirst: configuration.isChannelsFirst, for: name)
        return input
    }

    func makeOperation(_ site: Site) throws -> Operation {
        guard site.isTraining else { return CopyOperation(site) }
        let image = ImagePlanes(site.input.shape, isChannelsFirst: configuration.isChannelsFirst)
        return AugmentationOperation(try makeChange(image, site), LayerRandom(self, site), site)
    }
}

extension ImagePlanes {
    /// The form of a batch's images.
    init(_ shape: [Int], isChannelsFirst: Bool) {
        if isChannelsFirst {
            self.init(planes: shape[1], height: shape[2], width: shape[3], inner: 1)
        } else {
            self.init(planes: 1, height: shape[1], width: shape[2], inner: shape[3])
        }
    }
}

/// Runs a change over the images of a batch, which the threads share.
final class AugmentationOperation<Change: ImageChange>: Operation {
    private let change: Change
    private let random: LayerRandom
    private let input: Tensor
    private let output: Tensor

    /// Elements below which one thread is faster than several.
    private let smallest = 1 << 14

    init(_ change: Change, _ random: LayerRandom, _ site: Site) {
        self.change = change
        self.random = random
        input = site.input
        output = site.output
    }

    private func run<Body: ParallelBody>(_ body: Body, _ step: Step) {
        if step.rows * output.rowCount < smallest {
            for row in 0..<step.rows { body.run(part: row) }
        } else {
            step.team.parallel(parts: step.rows, body)
        }
    }

    override func forward(_ step: Step) {
        change.draw(random, step)
        run(
            Forward(
                change: change, x: input.values, y: output.values, xCount: input.rowCount,
                yCount: output.rowCount), step)
    }

    override func backward(_ step: Step) {
        guard let gradient = input.gradient, let outputGradient = output.gradient else { return }
        run(
            Backward(
                change: change, dy: outputGradient, x: input.values, dx: gradient, xCount: input.rowCount,
                yCount: output.rowCount), step)
    }

    private struct Forward: ParallelBody {
        let change: Change
        let x: UnsafePointer<Float>
        let y: UnsafeMutablePointer<Float>
        let xCount: Int
        let yCount: Int

        func run(part: Int) { change.forward(x + part * xCount, to: y + part * yCount, row: part) }
    }

    private struct Backward: ParallelBody {
        let change: Change
        let dy: UnsafePointer<Float>
        let x: UnsafePointer<Float>
        let dx: UnsafeMutablePointer<Float>
        let xCount: Int
        let yCount: Int

        func run(part: Int) {
            change.backward(
                dy + part * yCount, x: x + part * xCount, to: dx + part * xCount, row: part)
        }
    }
}

/// Gives its input.
final class CopyOperation: Operation {
    private let input: Tensor
    private let output: Tensor

    init(_ site: Site) {
        input = site.input
        output = site.output
    }

    override func forward(_ step: Step) {
        Kernels.copy(input.values, to: output.values, count: step.rows * input.rowCount)
    }

    override func backward(_ step: Step) {
        guard let gradient = input.gradient, let outputGradient = output.gradient else { return }
        Kernels.copy(outputGradient, to: gradient, count: step.rows * input.rowCount)
    }
}
