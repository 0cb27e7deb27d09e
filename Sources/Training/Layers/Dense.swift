import Kernels
import Protocol

/// `activation(input · kernel + bias)` over the last axis (keras/src/layers/core/dense.py).
///
/// Input `[batch, …, features]`, output `[batch, …, units]`; `kernel` is `[features, units]`, `bias` is `[units]`.
/// Defaults: no activation, a bias, `glorot_uniform` kernel, zero bias. Throws when the last axis has no known size.
struct Dense: Layer {
    static let className = "Dense"
    static let arguments: [Argument] =
        Argument.layer + [
            .integer("units"),
            .activation(default: "linear"),
            .boolean("use_bias", default: true),
            .initializer("kernel_initializer", default: "glorot_uniform"),
            .initializer("bias_initializer", default: "zeros"),
            .regularizer("kernel_regularizer"),
            .regularizer("bias_regularizer"),
            .constraint("kernel_constraint"),
            .constraint("bias_constraint"),
            .choice("quantization_config", [], default: .null),
            .legacy("lora_rank", []), .legacy("lora_alpha", []),
        ] + Argument.layerBehaviour

    let configuration: Arguments
    let units: Int
    let activation: Activation
    let usesBias: Bool

    init(_ arguments: Arguments) throws {
        configuration = arguments
        units = arguments.integer("units")
        activation = arguments.activation()
        usesBias = arguments.bool("use_bias")
    }

    func weights(for input: Shape) throws -> [WeightDescription] {
        let features = try input.size(-1, for: name)
        let kernel = WeightDescription(
            "kernel", [features, units], configuration.initializer("kernel_initializer"),
            regularizer: configuration.regularizer("kernel_regularizer"),
            constraint: configuration.constraint("kernel_constraint"))
        guard usesBias else { return [kernel] }
        let bias = WeightDescription(
            "bias", [units], configuration.initializer("bias_initializer"),
            regularizer: configuration.regularizer("bias_regularizer"),
            constraint: configuration.constraint("bias_constraint"))
        return [kernel, bias]
    }

    func outputShape(for input: Shape) throws -> Shape {
        guard input.rank >= 2 else {
            throw ShapeError(
                "\(name) takes inputs of at least 2 dimensions with the batch, but its input has shape \(input)."
            )
        }
        _ = try input.size(-1, for: name)
        var output = input
        output[-1] = units
        return try activation.outputShape(for: output)
    }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule { .pass }

    func makeOperation(_ site: Site) throws -> Operation { try DenseOperation(self, site) }
}

/// Dense on buffers: one product forward, two backward.
private final class DenseOperation: Operation {
    private let input: Tensor
    private let output: Tensor
    private let kernel: WeightSlot
    private let bias: WeightSlot?
    private let activation: ActivationRun
    private let features: Int
    private let units: Int
    /// Rows of the product that a sample makes.
    private let rowsPerSample: Int
    /// What goes into the activation; the output itself where that is not needed again.
    private var beforeActivation: UnsafeMutablePointer<Float>
    /// Where the gradient of `beforeActivation` goes.
    private let innerGradient: UnsafeMutablePointer<Float>?
    private var startsBeforeActivation = false
    private let site: Site
    private let product: Product

    init(_ layer: Dense, _ site: Site) throws {
        self.site = site
        input = site.input
        output = site.output
        kernel = site.weights[0]
        bias = layer.usesBias ? site.weights[1] : nil
        activation = try ActivationRun(
            layer.activation, sample: input.shape.dropFirst().dropLast() + [layer.units], rows: input.rows,
            site)
        features = kernel.shape[0]
        units = layer.units
        rowsPerSample = input.rowCount / features
        let count = input.rows * rowsPerSample * units
        let changesShape = layer.activation.form == .glu
        let keeps = changesShape || (site.isTraining && layer.activation.backwardNeedsInput)
        beforeActivation = keeps ? try site.buffer(count) : output.values
        innerGradient = changesShape && site.isTraining ? try site.buffer(count) : output.gradient
        product = Product(site)
        product.reserve(rows: input.rows * rowsPerSample, inner: features, columns: units)
    }

    /// The activation, where the product may apply it on the way out.
    private var fused: ActivationKind? { beforeActivation == output.values ? activation.fused : nil }

    override func forward(_ step: Step) {
        let rows = step.rows * rowsPerSample
        product.multiply(
            input.values, kernel.values, to: beforeActivation, rows: rows, inner: features, columns: units,
            bias: bias?.values, activation: fused ?? .linear, step.team)
        if fused != nil { return }
        if !activation.isLinear {
            activation.forward(beforeActivation, to: output.values, rows: rows, columns: units, step.team)
        } else if beforeActivation != output.values {
            Kernels.copy(beforeActivation, to: output.values, count: rows * units)
        }
    }

    override func backward(_ step: Step) {
        guard let outputGradient = output.gradient, let innerGradient else { return }
        let rows = step.rows * rowsPerSample
        if !startsBeforeActivation, !activation.isLinear {
            activation.backward(
                x: beforeActivation, y: output.values, dy: outputGradient, dx: innerGradient, rows: rows,
                columns: units, step.team)
        }
        if let gradient = bias?.gradient {
            step.team.columnSums(innerGradient, rows: rows, columns: units, to: gradient)
        }
        if let gradient = kernel.gradient {
            product.multiplyTransposingLeft(
                input.values, innerGradient, to: gradient, rows: features, inner: rows, columns: units,
                step.team)
        }
        if let gradient = input.gradient {
            product.multiplyTransposingRight(
                innerGradient, kernel.values, to: gradient, rows: rows, inner: units, columns: features,
                step.team)
        }
    }

    override func valuesBefore(_ activation: Activation, of tensor: Tensor) -> UnsafeMutablePointer<Float>? {
        guard activation == self.activation.activation, tensor === output else { return nil }
        if beforeActivation == output.values {
            guard let own: UnsafeMutablePointer<Float> = try? site.buffer(input.rows * rowsPerSample * units)
            else {
                return nil
            }
            beforeActivation = own
        }
        return beforeActivation
    }

    override func startBackwardBeforeActivation() { startsBeforeActivation = true }
}
