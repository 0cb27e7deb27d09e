import Protocol

/// Images of another size (keras/src/layers/preprocessing/image_preprocessing/resizing.py).
///
/// Input `[batch, height, width, channels]`, or `[batch, channels, height, width]` with `channels_first`. With
/// `crop_to_aspect_ratio` a part of the new shape is cut out of the middle first; with `pad_to_aspect_ratio`
/// `fill_value` is put around the image first. Throws for both together.
struct Resizing: Layer {
    static let className = "Resizing"
    static let arguments: [Argument] =
        Argument.layer + [
            .dataFormat,
            .integer("height"),
            .integer("width"),
            .choice("interpolation", ImageInterpolation.allCases.map(\.rawValue), default: "bilinear"),
            .boolean("crop_to_aspect_ratio", default: false),
            .boolean("pad_to_aspect_ratio", default: false),
            .choice("fill_mode", ["constant"], default: "constant"),
            .number("fill_value", default: 0.0),
            .boolean("antialias", default: false),
        ] + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        guard !arguments.bool("crop_to_aspect_ratio") || !arguments.bool("pad_to_aspect_ratio") else {
            throw ArgumentError(
                "pad_to_aspect_ratio", "An image is cropped or padded to the new shape, not both; choose one."
            )
        }
        configuration = arguments
    }

    func outputShape(for input: Shape) throws -> Shape {
        let isFirst = configuration.isChannelsFirst
        let image = try ImageShape(input, positions: 2, isChannelsFirst: isFirst, for: name)
        return image.with(
            positions: [configuration.integer("height"), configuration.integer("width")],
            channels: image.channels, isChannelsFirst: isFirst)
    }

    func makeOperation(_ site: Site) throws -> Operation {
        try ResamplingOperation.make(
            site, isChannelsFirst: configuration.isChannelsFirst, fill: configuration.float("fill_value")
        ) { lengths in
            let interpolation =
                ImageInterpolation(rawValue: configuration.string("interpolation")) ?? .bilinear
            let windows = ImageWindow(
                height: lengths[0], width: lengths[1], targetHeight: configuration.integer("height"),
                targetWidth: configuration.integer("width"),
                crops: configuration.bool("crop_to_aspect_ratio"),
                pads: configuration.bool("pad_to_aspect_ratio"))
            let antialias = configuration.bool("antialias")
            return [
                ResamplingTaps(
                    interpolation, from: windows.height.size, to: configuration.integer("height"),
                    antialias: antialias, start: windows.height.start, length: lengths[0]),
                ResamplingTaps(
                    interpolation, from: windows.width.size, to: configuration.integer("width"),
                    antialias: antialias, start: windows.width.start, length: lengths[1]),
            ]
        }
    }
}

/// The part of an image that is resized: all of it, or what has the target's aspect ratio.
struct ImageWindow {
    let height: (start: Int, size: Int)
    let width: (start: Int, size: Int)

    init(height: Int, width: Int, targetHeight: Int, targetWidth: Int, crops: Bool, pads: Bool) {
        // Keras reckons in single precision.
        let fittingHeight = Int(Float(width * targetHeight) / Float(targetWidth))
        let fittingWidth = Int(Float(height * targetWidth) / Float(targetHeight))
        if crops {
            let (cutHeight, cutWidth) = (
                max(min(height, fittingHeight), 1), max(min(width, fittingWidth), 1)
            )
            self.height = ((height - cutHeight) / 2, cutHeight)
            self.width = ((width - cutWidth) / 2, cutWidth)
        } else if pads {
            let (above, left) = (
                (max(height, fittingHeight) - height) / 2, (max(width, fittingWidth) - width) / 2
            )
            self.height = (-above, height + 2 * above)
            self.width = (-left, width + 2 * left)
        } else {
            self.height = (0, height)
            self.width = (0, width)
        }
    }
}
