import Protocol

/// In which of the intervals between `bin_boundaries` each element lies (keras/src/layers/preprocessing/discretization.py).
///
/// An interval holds its lower boundary. `output_mode` gives the interval's number, or encodes it as `CategoryEncoding`
/// does, with `len(bin_boundaries) + 1` places.
struct Discretization: Layer {
    static let className = "Discretization"
    static let arguments: [Argument] = [
        Argument("bin_boundaries", .numbers, default: .null),
        .integer("num_bins", in: 0...Int(Int32.max), default: .null),
        .number("epsilon", default: 0.01),
        .choice("output_mode", ["int", "one_hot", "multi_hot", "count"], default: "int"),
        .boolean("sparse", default: false),
        Argument("name", .string, default: ""),
        .dtype(Argument.wholeDTypes, byName: true),
        .legacy("trainable", []),
    ]

    let configuration: Arguments
    private let encoding: CategoricalEncoding
    private let boundaries: [Float]

    init(_ arguments: Arguments) throws {
        guard arguments.has("bin_boundaries") else {
            throw ArgumentError(
                "bin_boundaries", "Discretization needs bin_boundaries; they are not learnt from data here.")
        }
        if arguments.bool("sparse") {
            throw ArgumentError("sparse", "Sparse arrays are not known here; leave sparse false.")
        }
        configuration = arguments
        boundaries = arguments.numbers("bin_boundaries").map(Float.init)
        guard zip(boundaries, boundaries.dropFirst()).allSatisfy({ $0 <= $1 }) else {
            throw ArgumentError("bin_boundaries", "bin_boundaries rise from one to the next.")
        }
        encoding = CategoricalEncoding(rawValue: arguments.string("output_mode")) ?? .int
    }

    func outputShape(for input: Shape) throws -> Shape {
        try encoding.outputShape(for: input, depth: boundaries.count + 1, name: name)
    }

    func makeOperation(_ site: Site) throws -> Operation {
        CategoricalOperation(encoding, depth: boundaries.count + 1, boundaries: boundaries, site)
    }
}
