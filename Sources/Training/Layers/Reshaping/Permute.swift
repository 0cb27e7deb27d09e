import Protocol

/// The dimensions in another order (keras/src/layers/reshaping/permute.py).
///
/// `dims` names the input's dimensions, from 1, in the output's order: with `[2, 1]` an input `[batch, a, b]` becomes
/// `[batch, b, a]`. Throws when the input does not have as many dimensions.
struct Permute: GatheringLayer {
    static let className = "Permute"
    static let arguments: [Argument] =
        Argument.layer + [Argument("dims", .axes)] + Argument.layerBehaviour

    let configuration: Arguments
    private let order: [Int]

    init(_ arguments: Arguments) throws {
        configuration = arguments
        order = arguments.integers("dims").map { $0 &- 1 }
        guard order.sorted() == Array(order.indices) else {
            throw ArgumentError("dims", "dims names each dimension once, from 1, such as [2, 1].")
        }
    }

    func outputShape(for input: Shape) throws -> Shape {
        try input.require(rank: order.count + 1, for: name)
        return Shape([input[0]] + order.map { input[$0 + 1] })
    }

    func gathering(for input: [Int]) throws -> Gathering {
        let trailing = order.indices.reversed().prefix { order[$0] == $0 }.count
        let moving = order.dropLast(trailing)
        return try Gathering(from: input, to: order.map { input[$0] }, trailing: trailing) { position in
            var source = position
            for (place, axis) in moving.enumerated() { source[axis] = position[place] }
            return source
        }
    }
}
