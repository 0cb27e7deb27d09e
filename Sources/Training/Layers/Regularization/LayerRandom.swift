import Kernels
import Protocol

/// The random numbers of one layer: keyed by the fit's seed, or by the layer's own, and by the step.
struct LayerRandom {
    private let seed: UInt64?
    private let stream: UInt32

    init(_ layer: any Layer, _ site: Site) {
        seed = layer.configuration.optionalInteger("seed").map { UInt64(bitPattern: Int64($0)) }
        stream = site.stream
    }

    /// The generator of a step; `part` tells apart what the layer draws in it.
    func generator(_ step: Step, part: UInt32 = 0) -> Philox {
        Philox(
            key: seed ?? step.seed,
            stream: RandomStream.layer(stream &+ part &* 0x9E_3779, iteration: step.iteration))
    }
}

extension Argument {
    /// A seed of the layer's own.
    static let randomSeed = Argument.integer("seed", in: Int.min...Int.max, default: .null)
}

/// Noise with fewer elements than the input, repeated over the axes where its size is 1.
final class BroadcastNoise {
    private let values: UnsafeMutablePointer<Float>
    /// Elements that a row of the batch has of its own; all of them where rows share the noise.
    private let rowCount: Int
    private let isShared: Bool
    /// For each run of a row, where its noise begins.
    private let places: UnsafeMutablePointer<Int32>
    private let runs: Int
    private let run: Int
    /// Whether one number stands for a run, rather than one for each of its elements.
    private let isScalar: Bool

    init(shape noise: [Int?], name: String, _ site: Site) throws {
        let shape = site.input.shape
        let fits = zip(noise, shape).allSatisfy { $0 == nil || $0 == 1 || $0 == $1 }
        guard noise.count == shape.count, fits else {
            throw ShapeError(
                "\(name) has noise_shape \(Shape(noise)), which does not spread over an input of shape \(Shape(shape))."
            )
        }
        let sizes = zip(noise, shape).map { $0 ?? $1 }
        isShared = sizes[0] == 1 && shape[0] != 1
        rowCount = sizes.dropFirst().reduce(1, *)
        run = shape.count > 1 ? shape[shape.count - 1] : 1
        isScalar = shape.count == 1 || sizes[sizes.count - 1] == 1
        runs = site.input.rowCount / max(run, 1)
        values = try site.buffer(rowCount * shape[0])
        places = try site.buffer(runs, of: Int32.self)
        let outer = Array(shape.dropFirst().dropLast())
        let outerNoise = Array(sizes.dropFirst().dropLast())
        for index in 0..<runs {
            var rest = index
            var place = 0
            var stride = isScalar ? 1 : run
            for axis in outer.indices.reversed() {
                let position = rest % outer[axis]
                rest /= outer[axis]
                if outerNoise[axis] > 1 { place += position * stride }
                stride *= outerNoise[axis]
            }
            places[index] = Int32(clamping: place)
        }
    }

    /// Fills the noise with ones and hands it on to be drawn: the numbers and how many of them.
    func draw(rows: Int, _ body: (UnsafeMutablePointer<Float>, Int) -> Void) {
        let count = isShared ? rowCount : rowCount * rows
        Kernels.fill(values, count: count, with: 1)
        body(values, count)
    }

    /// `y = x · noise`.
    func multiply(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, rows: Int) {
        for row in 0..<rows {
            let noise = values + (isShared ? 0 : row * rowCount)
            for index in 0..<runs {
                let at = (row * runs + index) * run
                let place = noise + Int(places[index])
                if isScalar {
                    Kernels.multiply(x + at, place.pointee, to: y + at, count: run)
                } else {
                    Kernels.multiply(x + at, place, to: y + at, count: run)
                }
            }
        }
    }
}
