import Foundation
import Kernels
import Protocol

/// How two numbers move an image: where each place of the output comes from.
package enum ImageMovement: Sendable {
    /// By `first` degrees around the middle, counter-clockwise (`_compute_affine_matrix` of Keras's base class).
    case rotation
    /// By `first` up and down and `second` from side to side; above 1 the image grows smaller.
    case zoom
    /// By the part `first` of the height and `second` of the width.
    case translation

    /// The transformation of an image of a size.
    package func transform(_ first: Float, _ second: Float, height: Int, width: Int) -> ImageTransform {
        let (height, width) = (Float(height), Float(width))
        let (x, y): (Float, Float) = ((width - 1) / 2, (height - 1) / 2)
        switch self {
        case .rotation:
            let angle = first * Float(Double.pi / 180)
            let (cosine, sine): (Float, Float) = (cos(angle), sin(angle))
            let fromX: Float = x - x * cosine + y * sine
            let fromY: Float = y - x * sine - y * cosine
            return ImageTransform(cosine, -sine, fromX, sine, cosine, fromY)
        case .zoom:
            return ImageTransform(second, 0, x * (1 - second), 0, first, y * (1 - first))
        case .translation:
            return ImageTransform(1, 0, -second * width, 0, 1, -first * height)
        }
    }
}

/// A layer that moves images: `RandomRotation`, `RandomZoom`, `RandomTranslation`.
protocol AffineAugmentation: ImageAugmentation where Change == AffineChange {
    static var movement: ImageMovement { get }
    /// What the numbers are drawn from; the second is the first where it is nil.
    func ranges() throws -> (first: FactorRange, second: FactorRange?)
    /// The numbers are `offset + scale · factor`.
    static var scale: Double { get }
    static var offset: Double { get }
}

extension AffineAugmentation {
    static var scale: Double { 1 }
    static var offset: Double { 0 }

    /// How images are read.
    static var sampling: [Argument] {
        let largest = Double(Float.greatestFiniteMagnitude)
        return [
            .choice("fill_mode", ImageSampling.Fill.allCases.map(\.rawValue), default: "reflect"),
            .number("fill_value", in: -largest...largest, default: 0.0),
            .choice("interpolation", ["nearest", "bilinear"], default: "bilinear"),
        ]
    }

    func makeChange(_ image: ImagePlanes, _ site: Site) throws -> AffineChange {
        let ranges = try ranges()
        return AffineChange(
            image: image, movement: Self.movement,
            sampling: ImageSampling(
                fill: ImageSampling.Fill(rawValue: configuration.string("fill_mode")) ?? .reflect,
                isBilinear: configuration.string("interpolation") == "bilinear",
                value: configuration.float("fill_value")),
            first: ranges.first, second: ranges.second, scale: Self.scale, offset: Self.offset,
            draws: try site.buffer(2 * site.input.rows),
            transforms: try site.buffer(site.input.rows, of: ImageTransform.self))
    }
}

/// Moves each image by a transformation of its own.
struct AffineChange: ImageChange {
    let image: ImagePlanes
    let movement: ImageMovement
    let sampling: ImageSampling
    let first: FactorRange
    let second: FactorRange?
    let scale: Double
    let offset: Double
    let draws: UnsafeMutablePointer<Float>
    let transforms: UnsafeMutablePointer<ImageTransform>

    func draw(_ random: LayerRandom, _ step: Step) {
        let others = draws + step.rows
        first.draw(random, step, scale: scale, offset: offset, to: draws, count: step.rows)
        if let second {
            second.draw(random, step, part: 1, scale: scale, offset: offset, to: others, count: step.rows)
        }
        for row in 0..<step.rows {
            transforms[row] = movement.transform(
                draws[row], second == nil ? draws[row] : others[row], height: image.height,
                width: image.width)
        }
    }

    func forward(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, row: Int) {
        Kernels.transformImage(x, image, by: transforms[row], sampling, to: y)
    }

    func backward(
        _ dy: UnsafePointer<Float>, x: UnsafePointer<Float>, to dx: UnsafeMutablePointer<Float>, row: Int
    ) {
        Kernels.transformImageBackward(dy, image, by: transforms[row], sampling, to: dx)
    }
}
