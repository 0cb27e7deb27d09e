import Kernels
import Protocol

/// `x` above zero, `alpha · x` below, with a trained alpha for each element of a sample
/// (keras/src/layers/activations/prelu.py).
///
/// `alpha` has the input's shape without the batch, and size 1 on each of `shared_axes`, which count the batch. Throws
/// when a size that alpha needs is unknown.
struct PReLU: Layer {
    static let className = "PReLU"
    static let arguments: [Argument] =
        Argument.layer + [
            .initializer("alpha_initializer", default: "zeros"),
            .regularizer("alpha_regularizer"),
            .constraint("alpha_constraint"),
            Argument("shared_axes", .axes, default: .null),
        ] + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        var arguments = arguments
        if let axis = arguments.optionalInteger("shared_axes") {
            arguments.set("shared_axes", [.integer(Int64(axis))])
        }
        configuration = arguments
    }

    private func alphaShape(_ input: Shape) throws -> [Int] {
        let written = configuration.integers("shared_axes")
        // Keras takes one off and lets Python count from the end: 0 is the last axis, -1 the one before it.
        let shared = Set(written.map { $0 < 1 ? $0 + input.rank - 1 : $0 })
        guard shared.allSatisfy({ (1..<max(2, input.rank)).contains($0) }) else {
            throw ShapeError(
                "\(name) has shared_axes \(written), but its input of shape \(input) has axes 1 to \(input.rank - 1)."
            )
        }
        return try (1..<input.rank).map { shared.contains($0) ? 1 : try input.size($0, for: name) }
    }

    func weights(for input: Shape) throws -> [WeightDescription] {
        [
            WeightDescription(
                "alpha", try alphaShape(input), configuration.initializer("alpha_initializer"),
                regularizer: configuration.regularizer("alpha_regularizer"),
                constraint: configuration.constraint("alpha_constraint"))
        ]
    }

    func outputShape(for input: Shape) throws -> Shape {
        _ = try alphaShape(input)
        return input
    }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule { .pass }

    func makeOperation(_ site: Site) throws -> Operation { try PReLUOperation(site) }
}

/// The slopes below zero, each element with the alpha that it shares.
private final class PReLUOperation: Operation {
    private let input: Tensor
    private let output: Tensor
    private let alpha: WeightSlot
    private let places: BroadcastPlaces

    init(_ site: Site) throws {
        input = site.input
        output = site.output
        alpha = site.weights[0]
        places = try BroadcastPlaces(of: alpha.shape, over: Array(site.input.shape.dropFirst()), site)
    }

    override func forward(_ step: Step) {
        for row in 0..<step.rows {
            let (x, y) = (input.values + row * input.rowCount, output.values + row * input.rowCount)
            for index in 0..<input.rowCount {
                y[index] = x[index] > 0 ? x[index] : alpha.values[places[index]] * x[index]
            }
        }
    }

    override func backward(_ step: Step) {
        guard let outputGradient = output.gradient else { return }
        if let gradient = alpha.gradient { Kernels.fill(gradient, count: alpha.count, with: 0) }
        for row in 0..<step.rows {
            let start = row * input.rowCount
            for index in 0..<input.rowCount {
                let (x, dy) = (input.values[start + index], outputGradient[start + index])
                let place = places[index]
                if x <= 0 { alpha.gradient?[place] += dy * x }
                input.gradient?[start + index] = x > 0 ? dy : dy * alpha.values[place]
            }
        }
    }
}
