import Kernels
import Protocol

/// Each sample's numbers along `axis` divided by their length (keras/src/layers/normalization/unit_normalization.py).
struct UnitNormalization: Layer {
    static let className = "UnitNormalization"
    static let arguments: [Argument] =
        Argument.layer + [Argument("axis", .axes, default: -1)] + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func outputShape(for input: Shape) throws -> Shape {
        let axes = configuration.integers("axis").map { $0 < 0 ? $0 + input.rank : $0 }
        guard !axes.isEmpty, Set(axes).count == axes.count, axes.allSatisfy({ (1..<input.rank).contains($0) })
        else {
            throw ShapeError(
                "\(name) has axis \(configuration.integers("axis")), but its input has shape \(input); axes 1 to \(input.rank - 1) can be taken."
            )
        }
        return input
    }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule { .pass }

    func makeOperation(_ site: Site) throws -> Operation {
        let axes = try NormalizedAxes(configuration, Shape(site.input.shape), name: name).axes
        return try RowNormalizationOperation(
            .length(epsilon: 1e-12), shape: site.input.shape, axes: axes, gamma: nil, beta: nil, site)
    }
}
