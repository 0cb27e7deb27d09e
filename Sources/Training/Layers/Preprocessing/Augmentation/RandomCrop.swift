import Kernels
import Protocol

/// A window of `height` by `width` out of the images of a batch, at a place drawn for the whole batch, while training
/// (keras/src/layers/preprocessing/image_preprocessing/random_crop.py).
///
/// Images that are not larger than the window in both directions are cut from their middle and resized. Without training
/// the largest part of the window's aspect ratio is cut from the middle and resized, as Keras's page has it; Keras 3.15
/// itself then leaves the images as they are, of a size that the layers behind do not take.
struct RandomCrop: Layer {
    static let className = "RandomCrop"
    static let arguments: [Argument] = Argument.augmentation + [.integer("height"), .integer("width")]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    private var height: Int { configuration.integer("height") }
    private var width: Int { configuration.integer("width") }

    func outputShape(for input: Shape) throws -> Shape {
        let isFirst = configuration.isChannelsFirst
        let image = try ImageShape(input, positions: 2, isChannelsFirst: isFirst, for: name)
        return image.with(positions: [height, width], channels: image.channels, isChannelsFirst: isFirst)
    }

    func makeOperation(_ site: Site) throws -> Operation {
        let isFirst = configuration.isChannelsFirst
        let image = ImagePlanes(site.input.shape, isChannelsFirst: isFirst)
        if site.isTraining, image.height > height, image.width > width {
            let change = CropChange(
                image: image, window: ImagePlanes(site.output.shape, isChannelsFirst: isFirst),
                draws: try site.buffer(2))
            return AugmentationOperation(change, LayerRandom(self, site), site)
        }
        let isTraining = site.isTraining
        return try ResamplingOperation.make(site, isChannelsFirst: isFirst) { lengths in
            let part = ImageWindow(
                height: lengths[0], width: lengths[1], targetHeight: height, targetWidth: width, crops: true,
                pads: false)
            return zip(lengths, [(part.height, height), (part.width, width)]).map { length, axis in
                let (start, size) = axis.0
                // In training Keras takes as much as the window's size from where the middle part begins.
                let from = isTraining ? min(axis.1, length - start) : size
                return ResamplingTaps(
                    .bilinear, from: from, to: axis.1, antialias: false, start: start, length: length)
            }
        }
    }
}

/// Cuts the same window out of each image.
struct CropChange: ImageChange {
    let image: ImagePlanes
    let window: ImagePlanes
    let draws: UnsafeMutablePointer<Float>

    private var top: Int { Int(draws[0]) }
    private var left: Int { Int(draws[1]) }

    func draw(_ random: LayerRandom, _ step: Step) {
        let rest = (image.height - window.height + 1, image.width - window.width + 1)
        random.generator(step).uniform(draws, count: 1, upper: Float(rest.0))
        random.generator(step, part: 1).uniform(draws + 1, count: 1, upper: Float(rest.1))
    }

    func forward(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, row: Int) {
        Kernels.cropImage(x, image, top: top, left: left, window: window, to: y)
    }

    func backward(
        _ dy: UnsafePointer<Float>, x: UnsafePointer<Float>, to dx: UnsafeMutablePointer<Float>, row: Int
    ) {
        Kernels.cropImageBackward(dy, image, top: top, left: left, window: window, to: dx)
    }
}
