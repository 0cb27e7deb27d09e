import Kernels
import Protocol

/// `(x − mean) · c + mean` for each channel of an image while training, with c from `1 − lower` to `1 + upper`, clipped to
/// `value_range` (keras/src/layers/preprocessing/image_preprocessing/random_contrast.py).
///
/// A single number f as `factor` stands for 0 to f, as Keras reads it.
struct RandomContrast: ImageAugmentation {
    static let className = "RandomContrast"
    static let arguments: [Argument] =
        Argument.augmentation + [
            Argument("factor", .numbers), Argument("value_range", .numbers, default: [0, 255]),
        ]

    let configuration: Arguments
    private let factor: FactorRange
    private let range: (low: Float, high: Float)

    init(_ arguments: Arguments) throws {
        factor = try FactorRange(arguments, "factor", .overlapping(0...1))
        range = try arguments.valueRange()
        var arguments = arguments
        arguments.set("factor", factor.json)
        configuration = arguments
    }

    func makeChange(_ image: ImagePlanes, _ site: Site) throws -> ContrastChange {
        ContrastChange(
            image: image, lower: Float(1 - factor.lower), upper: Float(1 + factor.upper), range: range,
            factors: try site.buffer(site.input.rows),
            means: try site.buffer(site.input.rows * image.planes * image.inner))
    }
}

/// Stretches the values of each image around their means.
struct ContrastChange: ImageChange {
    let image: ImagePlanes
    let lower: Float
    let upper: Float
    let range: (low: Float, high: Float)
    let factors: UnsafeMutablePointer<Float>
    let means: UnsafeMutablePointer<Float>

    private func means(_ row: Int) -> UnsafeMutablePointer<Float> { means + row * image.planes * image.inner }

    func draw(_ random: LayerRandom, _ step: Step) {
        random.generator(step).uniform(factors, count: step.rows, lower: lower, upper: upper)
    }

    func forward(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, row: Int) {
        Kernels.channelMeans(x, image, to: means(row))
        Kernels.adjustContrast(x, image, means: means(row), factor: factors[row], range: range, to: y)
    }

    func backward(
        _ dy: UnsafePointer<Float>, x: UnsafePointer<Float>, to dx: UnsafeMutablePointer<Float>, row: Int
    ) {
        Kernels.adjustContrastBackward(
            dy, x, image, means: means(row), factor: factors[row], range: range, to: dx)
    }
}
