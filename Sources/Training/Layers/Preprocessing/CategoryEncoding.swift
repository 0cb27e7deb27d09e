import Protocol

/// Whole numbers below `num_tokens` as rows of ones and zeros (keras/src/layers/preprocessing/category_encoding.py).
///
/// Input `[batch, n]`; output `[batch, num_tokens]` for `multi_hot` and `count`, `[batch, n, num_tokens]` for `one_hot`
/// (`[batch, num_tokens]` where n is 1). Numbers that are not below `num_tokens` are left out.
struct CategoryEncoding: Layer {
    static let className = "CategoryEncoding"
    static let arguments: [Argument] =
        Argument.layer.filter { $0.name != "dtype" } + [
            .dtype(Argument.wholeDTypes),
            .integer("num_tokens", aliases: ["max_tokens"]),
            .choice("output_mode", ["multi_hot", "one_hot", "count", "binary"], default: "multi_hot"),
            .legacy("sparse", [false]),
        ] + Argument.layerBehaviour

    let configuration: Arguments
    private let encoding: CategoricalEncoding

    init(_ arguments: Arguments) throws {
        var arguments = arguments
        if arguments.string("output_mode") == "binary" { arguments.set("output_mode", "multi_hot") }
        configuration = arguments
        encoding = CategoricalEncoding(rawValue: arguments.string("output_mode")) ?? .multiHot
    }

    func outputShape(for input: Shape) throws -> Shape {
        try encoding.outputShape(for: input, depth: configuration.integer("num_tokens"), name: name)
    }

    func makeOperation(_ site: Site) throws -> Operation {
        CategoricalOperation(encoding, depth: configuration.integer("num_tokens"), site)
    }
}
