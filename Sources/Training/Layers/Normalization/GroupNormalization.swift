import Kernels
import Protocol

/// `gamma · (x − mean) / √(variance + epsilon) + beta`, with the mean and variance of each sample's groups of channels
/// (Wu and He, 2018; keras/src/layers/normalization/group_normalization.py).
///
/// Input and output have one shape; the channels are on `axis`, and `groups` divides them; -1 stands for a group of each
/// channel. `gamma` and `beta` are `[channels]`.
struct GroupNormalization: Layer {
    static let className = "GroupNormalization"
    static let arguments: [Argument] =
        Argument.layer + [
            .integer("groups", in: -1...Int(Int32.max), default: 32),
            .integer("axis", in: -16...16, default: -1),
            .number("epsilon", in: 0...Double.greatestFiniteMagnitude, default: 0.001),
            .boolean("center", default: true),
            .boolean("scale", default: true),
        ] + Argument.normalizationWeights + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        guard arguments.integer("groups") != 0 else {
            throw ArgumentError("groups", "groups is a number from 1, or -1 for a group of each channel.")
        }
        configuration = arguments
    }

    /// The channels' axis, their number, and that of the groups.
    private func figures(_ input: Shape) throws -> (axis: Int, channels: Int, groups: Int) {
        let written = configuration.integer("axis")
        let axis = written < 0 ? written + input.rank : written
        guard (1..<input.rank).contains(axis) else {
            throw ShapeError("\(name) has axis \(written), which its input of shape \(input) does not have.")
        }
        let channels = try input.size(axis, for: name)
        let groups = configuration.integer("groups") == -1 ? channels : configuration.integer("groups")
        guard channels % groups == 0 else {
            throw ShapeError("\(name) has \(groups) groups, which do not divide \(channels) channels evenly.")
        }
        return (axis, channels, groups)
    }

    /// How many groups an input has; nil when it fits not.
    func groups(for input: Shape) -> Int? { try? figures(input).groups }

    func weights(for input: Shape) throws -> [WeightDescription] {
        configuration.normalizationWeights(
            [try figures(input).channels], gamma: configuration.bool("scale"),
            beta: configuration.bool("center"))
    }

    func outputShape(for input: Shape) throws -> Shape {
        _ = try figures(input)
        return input
    }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule { .pass }

    func makeOperation(_ site: Site) throws -> Operation {
        var shape = site.input.shape
        let (axis, channels, groups) = try figures(Shape(shape))
        shape[axis] = channels / groups
        shape.insert(groups, at: axis)
        let axes = (1..<shape.count).filter { $0 != axis }
        var places: [Int] = []
        // A row goes through the axes of a group, of which one counts its channels.
        let after = axes.filter { $0 > axis + 1 }.reduce(1) { $0 * shape[$1] }
        let row = axes.reduce(1) { $0 * shape[$1] }
        for group in 0..<groups {
            for index in 0..<row {
                places.append(group * (channels / groups) + index / after % (channels / groups))
            }
        }
        var slots = site.weights[...]
        let gamma = configuration.bool("scale") ? slots.popFirst() : nil
        let beta = configuration.bool("center") ? slots.popFirst() : nil
        return try RowNormalizationOperation(
            .moments(epsilon: configuration.float("epsilon")), shape: shape, axes: axes, period: groups,
            gamma: try gamma.map { try SpreadWeight($0, places: places, site) },
            beta: try beta.map { try SpreadWeight($0, places: places, site) }, site)
    }
}
