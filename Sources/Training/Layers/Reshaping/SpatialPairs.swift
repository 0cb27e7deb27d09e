import Protocol

/// A number of places before and after an image's positions, for each of their axes, as croppings and paddings are
/// written: one number for all, one for each axis, or a pair for each axis.
struct SpatialPairs {
    let pairs: [(before: Int, after: Int)]

    init(_ value: JSONValue?, axes: Int, name: String) throws {
        func number(_ value: JSONValue) -> Int? {
            value.integer.flatMap { (0...Int(Int32.max)).contains($0) ? $0 : nil }
        }
        func pair(_ value: JSONValue) -> (Int, Int)? {
            if let both = number(value) { return (both, both) }
            guard let list = value.array, list.count == 2, let before = number(list[0]),
                let after = number(list[1])
            else { return nil }
            return (before, after)
        }
        let list: [JSONValue]
        switch value {
        case .array(let items)? where axes > 1: list = items
        case let single?: list = Array(repeating: single, count: axes)
        case nil: list = []
        }
        pairs = list.compactMap(pair).map { ($0.0, $0.1) }
        guard pairs.count == axes, list.count == axes else {
            let form =
                axes == 1 ? "a number or a pair of them" : "a number, or \(axes) numbers or pairs of them"
            throw ArgumentError(name, "\(name) is \(form), each from 0.")
        }
    }

    /// The form that Keras writes.
    var json: JSONValue {
        let list: [JSONValue] = pairs.map { [.integer(Int64($0.before)), .integer(Int64($0.after))] }
        return list.count == 1 ? list[0] : .array(list)
    }
}

/// A layer that rearranges an image's positions; channels stand last, or first with `channels_first`.
protocol SpatialGathering: GatheringLayer {
    /// How many axes of positions there are.
    static var positions: Int { get }
    /// The output's length on an axis of positions.
    func length(_ input: Int, axis: Int) throws -> Int
    /// Where the output's position on an axis comes from; nil for zeros.
    func source(_ position: Int, axis: Int, length: Int) -> Int?
}

extension SpatialGathering {
    func outputShape(for input: Shape) throws -> Shape {
        let image = try ImageShape(
            input, positions: Self.positions, isChannelsFirst: configuration.isChannelsFirst, for: name)
        let lengths = try image.positions.enumerated().map { axis, size in
            try size.map { try length($0, axis: axis) }
        }
        return image.with(
            positions: lengths, channels: image.channels, isChannelsFirst: configuration.isChannelsFirst)
    }

    func gathering(for input: [Int]) throws -> Gathering {
        let first = configuration.isChannelsFirst ? 1 : 0
        let axes = first..<first + Self.positions
        var output = input
        for axis in axes { output[axis] = try length(input[axis], axis: axis - first) }
        return try Gathering(from: input, to: output, trailing: first == 0 ? 1 : 0) { position in
            var place = position
            for axis in axes {
                guard let source = source(position[axis], axis: axis - first, length: input[axis]) else {
                    return nil
                }
                place[axis] = source
            }
            return place
        }
    }
}
