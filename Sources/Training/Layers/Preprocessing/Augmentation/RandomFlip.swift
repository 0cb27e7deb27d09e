import Kernels
import Protocol

/// Flips every other image, on average, while training (keras/src/layers/preprocessing/image_preprocessing/random_flip.py).
///
/// With `horizontal_and_vertical` an image is flipped both ways or not at all, as one draw decides in Keras.
struct RandomFlip: ImageAugmentation {
    static let className = "RandomFlip"
    static let arguments: [Argument] =
        Argument.augmentation + [
            .choice(
                "mode", ["horizontal", "vertical", "horizontal_and_vertical"],
                default: "horizontal_and_vertical")
        ]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeChange(_ image: ImagePlanes, _ site: Site) throws -> FlipChange {
        let mode = configuration.string("mode")
        return FlipChange(
            image: image, horizontally: mode != "vertical", vertically: mode != "horizontal",
            draws: try site.buffer(site.input.rows))
    }
}

/// Flips the images for which at most a half is drawn.
struct FlipChange: ImageChange {
    let image: ImagePlanes
    let horizontally: Bool
    let vertically: Bool
    let draws: UnsafeMutablePointer<Float>

    func draw(_ random: LayerRandom, _ step: Step) { random.generator(step).uniform(draws, count: step.rows) }

    func forward(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, row: Int) {
        let isFlipped = draws[row] <= 0.5
        Kernels.flipImage(
            x, image, horizontally: isFlipped && horizontally, vertically: isFlipped && vertically, to: y)
    }

    func backward(
        _ dy: UnsafePointer<Float>, x: UnsafePointer<Float>, to dx: UnsafeMutablePointer<Float>, row: Int
    ) { forward(dy, to: dx, row: row) }
}
