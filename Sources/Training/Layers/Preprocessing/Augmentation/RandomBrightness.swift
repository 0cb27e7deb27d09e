import Kernels
import Protocol

/// Adds the part `factor` of `value_range` to all values of an image while training, and clips them to that range
/// (keras/src/layers/preprocessing/image_preprocessing/random_brightness.py).
struct RandomBrightness: ImageAugmentation {
    static let className = "RandomBrightness"
    static let arguments: [Argument] =
        Argument.augmentation + [
            Argument("factor", .numbers), Argument("value_range", .numbers, default: [0, 255]),
        ]

    let configuration: Arguments
    private let factor: FactorRange
    private let range: (low: Float, high: Float)

    init(_ arguments: Arguments) throws {
        factor = try FactorRange(arguments, "factor", .overlapping(-1...1))
        range = try arguments.valueRange(sorted: true)
        var arguments = arguments
        arguments.set("factor", factor.json)
        let numbers = arguments.numbers("value_range").sorted()
        arguments.set("value_range", .array(numbers.map { .number($0) }))
        configuration = arguments
    }

    func makeChange(_ image: ImagePlanes, _ site: Site) throws -> BrightnessChange {
        BrightnessChange(
            count: image.count, factor: factor, range: range, deltas: try site.buffer(site.input.rows))
    }
}

/// Makes each image lighter or darker.
struct BrightnessChange: ImageChange {
    let count: Int
    let factor: FactorRange
    let range: (low: Float, high: Float)
    let deltas: UnsafeMutablePointer<Float>

    func draw(_ random: LayerRandom, _ step: Step) {
        factor.draw(random, step, to: deltas, count: step.rows)
        for row in 0..<step.rows { deltas[row] *= range.high - range.low }
    }

    func forward(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, row: Int) {
        Kernels.adjustBrightness(x, delta: deltas[row], range: range, to: y, count: count)
    }

    func backward(
        _ dy: UnsafePointer<Float>, x: UnsafePointer<Float>, to dx: UnsafeMutablePointer<Float>, row: Int
    ) {
        Kernels.adjustBrightnessBackward(dy, x, delta: deltas[row], range: range, to: dx, count: count)
    }
}
