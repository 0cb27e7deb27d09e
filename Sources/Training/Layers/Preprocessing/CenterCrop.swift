import Protocol

/// The middle of images (keras/src/layers/preprocessing/image_preprocessing/center_crop.py).
///
/// Input `[batch, height, width, channels]`, or `[batch, channels, height, width]` with `channels_first`. An image that is
/// smaller than asked for is cut to the new shape's aspect ratio and resized instead.
struct CenterCrop: Layer {
    static let className = "CenterCrop"
    static let arguments: [Argument] =
        Argument.layer + [.dataFormat, .integer("height"), .integer("width")] + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func outputShape(for input: Shape) throws -> Shape {
        let isFirst = configuration.isChannelsFirst
        let image = try ImageShape(input, positions: 2, isChannelsFirst: isFirst, for: name)
        return image.with(
            positions: [configuration.integer("height"), configuration.integer("width")],
            channels: image.channels, isChannelsFirst: isFirst)
    }

    func makeOperation(_ site: Site) throws -> Operation {
        let (height, width) = (configuration.integer("height"), configuration.integer("width"))
        return try ResamplingOperation.make(site, isChannelsFirst: configuration.isChannelsFirst) { lengths in
            if lengths[0] >= height, lengths[1] >= width {
                return zip(lengths, [height, width]).map { length, target in
                    ResamplingTaps(
                        .nearest, from: target, to: target, antialias: false, start: (length - target) / 2,
                        length: length)
                }
            }
            let window = ImageWindow(
                height: lengths[0], width: lengths[1], targetHeight: height, targetWidth: width, crops: true,
                pads: false)
            return [
                ResamplingTaps(
                    .bilinear, from: window.height.size, to: height, antialias: false,
                    start: window.height.start, length: lengths[0]),
                ResamplingTaps(
                    .bilinear, from: window.width.size, to: width, antialias: false,
                    start: window.width.start, length: lengths[1]),
            ]
        }
    }
}
