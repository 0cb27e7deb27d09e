import Kernels
import Protocol

/// `activation(einsum(equation, input, kernel) + bias)` (keras/src/layers/core/einsum_dense.py).
///
/// The kernel's shape and the output's follow from `equation` and from `output_shape`, which leaves the batch and the
/// axes of `...` out; `bias_axes` are the letters of the output that the bias has.
struct EinsumDense: Layer {
    static let className = "EinsumDense"
    static let arguments: [Argument] =
        Argument.layer + [
            Argument("output_shape", .value),
            .string("equation"),
            .activation(default: "linear"),
            Argument("bias_axes", .string, default: .null),
            .initializer("kernel_initializer", default: "glorot_uniform"),
            .initializer("bias_initializer", default: "zeros"),
            .regularizer("kernel_regularizer"),
            .regularizer("bias_regularizer"),
            .regularizer("activity_regularizer"),
            .constraint("kernel_constraint"),
            .constraint("bias_constraint"),
            Argument("quantization_config", .value, default: .null),
            .legacy("lora_rank", []), .legacy("lora_alpha", []), .legacy("gptq_unpacked_column_size", []),
        ]

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        if arguments.has("quantization_config") {
            throw ArgumentError("quantization_config", "Quantized layers are not trained here; leave it out.")
        }
        var arguments = arguments
        let sizes = arguments.config["output_shape"]
        let list = sizes?.array ?? sizes.map { [$0] } ?? []
        guard
            list.allSatisfy({ $0.isNull || ($0.integer.map { (1...Int(Int32.max)).contains($0) } ?? false) })
        else {
            throw ArgumentError("output_shape", "output_shape is a size or a list of sizes from 1, or null.")
        }
        arguments.set("output_shape", .array(list))
        configuration = arguments
    }

    func equation(_ input: Shape) throws -> EinsumEquation {
        try EinsumEquation(
            configuration.string("equation"), input: input, output: configuration.sizes("output_shape"),
            biasAxes: configuration.optionalString("bias_axes"), name: name)
    }

    func weights(for input: Shape) throws -> [WeightDescription] {
        let equation = try equation(input)
        let kernel = WeightDescription(
            "kernel", equation.kernelShape,
            try configuration.initializer("kernel_initializer")
                .withAxes(input: equation.inputAxes, output: equation.outputAxes),
            regularizer: configuration.regularizer("kernel_regularizer"),
            constraint: configuration.constraint("kernel_constraint"))
        guard let biasShape = equation.biasShape else { return [kernel] }
        let bias = WeightDescription(
            "bias", biasShape, configuration.initializer("bias_initializer"),
            regularizer: configuration.regularizer("bias_regularizer"),
            constraint: configuration.constraint("bias_constraint"))
        return [kernel, bias]
    }

    func outputShape(for input: Shape) throws -> Shape {
        try configuration.activation().outputShape(for: equation(input).statedShape)
    }

    func laidOutShape(for input: Shape) throws -> Shape {
        try configuration.activation().outputShape(for: equation(input).outputShape)
    }

    func makeOperation(_ site: Site) throws -> Operation {
        try site.activated(configuration.activation()) { try EinsumDenseOperation(self, activation: $0, $1) }
    }
}

extension Initializer {
    /// The same initializer told which axes are inputs and which outputs, if it counts them and was not told.
    func withAxes(input: [Int], output: [Int]) throws -> any Initializer {
        let takesAxes = Self.arguments.contains { $0.name == "input_axes" }
        guard takesAxes, !configuration.has("input_axes") || !configuration.has("output_axes") else {
            return self
        }
        var arguments = configuration
        arguments.set("input_axes", .array(input.map { .integer(Int64($0)) }))
        arguments.set("output_axes", .array(output.map { .integer(Int64($0)) }))
        return try Self(arguments)
    }
}
