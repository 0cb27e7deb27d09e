import Kernels
import Protocol

/// `(x − mean) / √variance`, or `mean + x · √variance` with `invert` (keras/src/layers/preprocessing/normalization.py).
///
/// Mean and variance are kept for each place of the axes `axis`, which count the batch. They are arguments, numbers or
/// lists for those axes, or else weights `mean` and `variance` that are not trained (zeros and ones at first).
struct Normalization: Layer {
    static let className = "Normalization"
    static let arguments: [Argument] =
        Argument.layer + [
            Argument("axis", .axes, default: -1),
            .boolean("invert", default: false),
            Argument("mean", .numbers, default: .null),
            Argument("variance", .numbers, default: .null),
        ] + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        guard arguments.has("mean") == arguments.has("variance") else {
            throw ArgumentError("variance", "mean and variance are given together or not at all.")
        }
        guard arguments.numbers("mean").count == arguments.numbers("variance").count else {
            throw ArgumentError("variance", "mean and variance have one shape.")
        }
        var arguments = arguments
        arguments.set("axis", .array(arguments.integers("axis").map { .integer(Int64($0)) }))
        configuration = arguments
    }

    /// The axes that keep their own mean and variance.
    private func axes(_ input: Shape) throws -> [Int] {
        let axes = configuration.integers("axis").map { $0 < 0 ? $0 + input.rank : $0 }
        guard Set(axes).count == axes.count, axes.allSatisfy({ (1..<input.rank).contains($0) }) else {
            throw ShapeError(
                "\(name) has axis \(configuration.integers("axis")), but its input has shape \(input); axes 1 to \(input.rank - 1) can be taken."
            )
        }
        return axes.sorted()
    }

    private var hasNumbers: Bool { configuration.has("mean") }

    func weights(for input: Shape) throws -> [WeightDescription] {
        if hasNumbers { return [] }
        let shape = try axes(input).map { try input.size($0, for: name) }
        return [
            WeightDescription("mean", shape, Zeros(), trainable: false),
            WeightDescription("variance", shape, try Ones.withDefaults(), trainable: false),
            WeightDescription("count", [], Zeros(), trainable: false),
        ]
    }

    func outputShape(for input: Shape) throws -> Shape {
        let sizes = try axes(input).map { try input.size($0, for: name) }
        let count = configuration.numbers("mean").count
        guard !hasNumbers || count == 1 || count == sizes.reduce(1, *) || count == sizes.last else {
            throw ShapeError(
                "\(name) has \(count) numbers as mean, which do not fit the sizes \(sizes) of its axes.")
        }
        return input
    }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule { .pass }

    func makeOperation(_ site: Site) throws -> Operation {
        let sample = Array(site.input.shape.dropFirst())
        let kept = try axes(Shape(site.input.shape)).map { $0 - 1 }
        let shape = sample.indices.map { kept.contains($0) ? sample[$0] : 1 }
        return try NormalizationOperation(self, kept: shape, sample: sample, site)
    }
}

/// Moves and scales each element by the figures of its place.
private final class NormalizationOperation: Operation {
    private let input: Tensor
    private let output: Tensor
    private let inverts: Bool
    private let places: BroadcastPlaces
    private let count: Int
    private let mean: UnsafeMutablePointer<Float>
    private let variance: UnsafeMutablePointer<Float>
    private let deviation: UnsafeMutablePointer<Float>

    init(_ layer: Normalization, kept: [Int], sample: [Int], _ site: Site) throws {
        input = site.input
        output = site.output
        inverts = layer.configuration.bool("invert")
        places = try BroadcastPlaces(of: kept, over: sample, site)
        count = kept.reduce(1, *)
        deviation = try site.buffer(count)
        if site.weights.count > 1 {
            mean = site.weights[0].values
            variance = site.weights[1].values
        } else {
            let (means, variances) = (
                layer.configuration.numbers("mean"), layer.configuration.numbers("variance")
            )
            mean = try site.buffer(count)
            variance = try site.buffer(count)
            for index in 0..<count {
                mean[index] = Float(means[index % means.count])
                variance[index] = Float(variances[index % variances.count])
            }
        }
    }

    override func forward(_ step: Step) {
        for index in 0..<count { deviation[index] = max(variance[index].squareRoot(), 1e-7) }
        for row in 0..<step.rows {
            let (x, y) = (input.values + row * input.rowCount, output.values + row * input.rowCount)
            for index in 0..<input.rowCount {
                let place = places[index]
                y[index] =
                    inverts
                    ? mean[place] + x[index] * deviation[place] : (x[index] - mean[place]) / deviation[place]
            }
        }
    }

    override func backward(_ step: Step) {
        guard let gradient = input.gradient, let outputGradient = output.gradient else { return }
        for row in 0..<step.rows {
            let start = row * input.rowCount
            for index in 0..<input.rowCount {
                let factor = deviation[places[index]]
                let dy = outputGradient[start + index]
                gradient[start + index] = inverts ? dy * factor : dy / factor
            }
        }
    }
}
