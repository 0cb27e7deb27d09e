import Kernels
import Protocol

/// A layer whose kernel is divided by its largest singular value before every training step (Miyato et al., 2018;
/// keras/src/layers/normalization/spectral_normalization.py).
///
/// The singular value is found by `power_iterations` steps from the weight `vector_u`, `[1, columns]`, which is kept.
/// Throws for layers that have neither a `kernel` nor `embeddings`.
struct SpectralNormalization: ContainerLayer {
    static let className = "SpectralNormalization"
    static let arguments: [Argument] =
        Argument.layer + [
            Argument("layer", .layer),
            // A batch, within which no job is stopped, takes all of them.
            .integer("power_iterations", in: 1...1000, default: 1),
        ] + Argument.layerBehaviour

    let configuration: Arguments
    private let layer: any Layer

    init(_ arguments: Arguments) throws {
        guard let layer = arguments.layer("layer") else {
            throw ArgumentError("layer", "SpectralNormalization needs a layer whose kernel it normalizes.")
        }
        configuration = arguments
        self.layer = layer
    }

    /// Where the weight that is normalized stands among the layer's.
    private func kernelIndex(_ weights: [WeightDescription]) throws -> Int {
        guard let index = weights.firstIndex(where: { $0.path == "kernel" || $0.path == "embeddings" }) else {
            throw ShapeError(
                "\(name) needs a layer with a kernel or embeddings, and \(layer.name) has neither.")
        }
        return index
    }

    func weights(for input: Shape) throws -> [WeightDescription] {
        var inner = try layer.listedWeights(for: input)
        let kernel = try kernelIndex(layer.weights(for: input))
        let columns = inner[kernel].shape.last ?? 1
        var initial = Arguments.defaults(of: TruncatedNormal.arguments, className: TruncatedNormal.className)
        initial.set("stddev", 0.02)
        let vector = WeightDescription(
            "vector_u", [1, columns], TruncatedNormal(initial), trainable: false)
        // Keras counts the kernel as the wrapper's own, so that it comes first.
        return [inner.remove(at: kernel), vector] + inner
    }

    var freezesWeights: Bool { false }

    func states(for input: Shape) throws -> [WeightDescription] { try layer.states(for: input) }

    func outputShape(for input: Shape) throws -> Shape { try layer.outputShape(for: input) }

    func mixesSamples(isTraining: Bool) -> Bool { layer.mixesSamples(isTraining: isTraining) }

    func place(_ site: Site) throws -> (operations: [Operation], output: Tensor) {
        let (kernel, vector) = (site.weights[0], site.weights[1])
        var own = site
        own.weights = Array(site.weights.dropFirst(2))
        own.weights.insert(kernel, at: try kernelIndex(layer.weights(for: Shape(site.input.shape))))
        let inner = try own.place(
            layer, on: site.input, weights: own.weights.indices, states: site.states.indices, stream: 0)
        let scaling = try KernelScaling(
            kernel, vector: vector, iterations: configuration.integer("power_iterations"), site)
        return (
            [scaling] + inner.operations, inner.output.view(inner.output.shape, mask: nil, maskRowCount: 0)
        )
    }
}

/// Divides a kernel, seen as `[rows, columns]`, by its largest singular value.
private final class KernelScaling: Operation {
    private let kernel: WeightSlot
    private let u: WeightSlot
    private let v: UnsafeMutablePointer<Float>
    private let iterations: Int
    private let rows: Int
    private let columns: Int

    init(_ kernel: WeightSlot, vector: WeightSlot, iterations: Int, _ site: Site) throws {
        self.kernel = kernel
        u = vector
        self.iterations = iterations
        columns = vector.count
        rows = kernel.count / max(1, columns)
        v = try site.buffer(rows)
    }

    override func forward(_ step: Step) {
        guard step.isTraining, Kernels.sumOfMagnitudes(kernel.values, count: kernel.count) > 0 else { return }
        for _ in 0..<iterations {
            for row in 0..<rows {
                v[row] = Float(Kernels.dot(kernel.values + row * columns, u.values, count: columns))
            }
            normalize(v, count: rows)
            multiply()
            normalize(u.values, count: columns)
        }
        var sigma = 0.0
        for row in 0..<rows {
            sigma += Double(v[row]) * Kernels.dot(kernel.values + row * columns, u.values, count: columns)
        }
        Kernels.multiply(kernel.values, Float(1 / sigma), to: kernel.values, count: kernel.count)
    }

    /// `u = v · kernel`.
    private func multiply() {
        Kernels.fill(u.values, count: columns, with: 0)
        for row in 0..<rows {
            Kernels.addScaled(kernel.values + row * columns, by: v[row], to: u.values, count: columns)
        }
    }

    private func normalize(_ x: UnsafeMutablePointer<Float>, count: Int) {
        let length = Kernels.sumOfSquares(x, count: count).squareRoot()
        Kernels.multiply(x, Float(min(1 / length, 1e7)), to: x, count: count)
    }
}
