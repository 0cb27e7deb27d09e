import Protocol

/// The statement of an input's shape inside a nested stack (keras/src/layers/core/input_layer.py): its input.
///
/// Throws when the input does not have the shape that is stated.
struct InputLayer: Layer {
    static let className = "InputLayer"
    static let aliases = ["Input"]
    static let arguments: [Argument] = [
        Argument("batch_shape", .shape, default: .null, aliases: ["batch_input_shape"]),
        .dtype(Argument.wholeDTypes, byName: true),
        .boolean("sparse", default: false),
        .boolean("ragged", default: false),
        Argument("name", .string, default: ""),
        .boolean("optional", default: false),
        Argument("shape", .shape, default: .null, aliases: ["input_shape"], hiddenWhenNull: true),
        .legacy("batch_size", []), .legacy("trainable", []),
    ]

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        for name in ["sparse", "ragged"] where arguments.bool(name) {
            throw ArgumentError(name, "\(name) inputs are not taken; send a dense array.")
        }
        guard arguments.has("batch_shape") || arguments.has("shape") else {
            throw ArgumentError("shape", "An input layer needs a shape, such as \"shape\": [100].")
        }
        configuration = arguments
    }

    /// The shape that is stated.
    var stated: Shape {
        configuration.has("batch_shape")
            ? Shape(configuration.sizes("batch_shape")) : Shape([nil] + configuration.sizes("shape"))
    }

    func outputShape(for input: Shape) throws -> Shape {
        guard stated.accepts(input) else {
            throw ShapeError("\(name) states inputs of shape \(stated), but its input has shape \(input).")
        }
        return Shape(zip(input.dimensions, stated.dimensions).map { $0 ?? $1 })
    }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule { .pass }

    var isView: Bool { true }

    func makeOperation(_ site: Site) throws -> Operation { Operation() }
}
