import Protocol

/// All dimensions but the batch in one (keras/src/layers/reshaping/flatten.py).
///
/// Input `[batch, …]`, output `[batch, product]`; an input `[batch]` becomes `[batch, 1]`. With
/// `data_format: channels_first` the channels go last before the dimensions are joined.
struct Flatten: GatheringLayer {
    static let className = "Flatten"
    static let arguments: [Argument] = Argument.layer + [.dataFormat] + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func outputShape(for input: Shape) throws -> Shape {
        let sizes = input.withoutBatch
        let known = sizes.compactMap { $0 }
        guard known.count == sizes.count else { return Shape([input[0], nil]) }
        guard let product = known.checkedProduct else {
            throw ShapeError("\(name) cannot join the dimensions of \(input): their product is too large.")
        }
        return Shape([input[0], product])
    }

    var isView: Bool { !configuration.isChannelsFirst }

    func gathering(for input: [Int]) throws -> Gathering {
        guard input.count > 1 else {
            return try Gathering(from: input, to: input, trailing: 0) { $0 }
        }
        let moved = Array(input.dropFirst()) + [input[0]]
        return try Gathering(from: input, to: moved, trailing: 0) { [$0[$0.count - 1]] + $0.dropLast() }
    }
}
