import Protocol

/// A recurrent layer run over the steps in both directions (keras/src/layers/rnn/bidirectional.py).
///
/// Input `[batch, steps, features]`; the two outputs of `[batch, units]` (or `[batch, steps, units]`, the backward one
/// turned around again) are joined by `merge_mode`: side by side for `concat`, else their sum, product or mean. The
/// backward layer is `backward_layer`, or one like `layer`. Masked steps give zeros where sequences are returned.
struct Bidirectional: Layer {
    static let className = "Bidirectional"
    static let arguments: [Argument] =
        Argument.layer + [
            Argument("merge_mode", .value, default: "concat"),
            Argument("layer", .layer),
            Argument("backward_layer", .layer, default: .null),
            .legacy("weights", []),
        ] + Argument.layerBehaviour

    /// How the two outputs are joined.
    enum MergeMode: String, CaseIterable {
        case concat, sum, mul, ave
    }

    let configuration: Arguments
    let forward: any RecurrentLayer
    let backward: any RecurrentLayer
    let mode: MergeMode

    init(_ arguments: Arguments) throws {
        if arguments.config["merge_mode"]?.isNull ?? true {
            throw ArgumentError(
                "merge_mode", "Without a merge_mode there are two outputs, and a Sequential model has one.")
        }
        guard let mode = MergeMode(rawValue: arguments.string("merge_mode")) else {
            throw ArgumentError("merge_mode", "merge_mode is concat, sum, mul or ave.")
        }
        self.mode = mode
        let layer = try Self.recurrent(arguments, "layer")
        forward = try Self.remade(layer, prefix: "forward_", goesBackwards: layer.goesBackwards)
        if arguments.has("backward_layer") {
            backward = try Self.remade(
                Self.recurrent(arguments, "backward_layer"), prefix: nil, goesBackwards: nil)
        } else {
            backward = try Self.remade(layer, prefix: "backward_", goesBackwards: true)
        }
        var configuration = arguments
        configuration.set("layer", Registry.layers.json(forward))
        configuration.set("backward_layer", Registry.layers.json(backward))
        self.configuration = configuration
        try checkPair()
    }

    private static func recurrent(_ arguments: Arguments, _ name: String) throws -> any RecurrentLayer {
        guard let layer = arguments.layer(name) as? any RecurrentLayer else {
            throw ArgumentError(name, "\(name) is a recurrent layer: LSTM, GRU, SimpleRNN or RNN.")
        }
        return layer
    }

    /// The same layer under another name and in a direction; masked steps give zeros if it returns sequences.
    private static func remade(
        _ layer: any RecurrentLayer, prefix: String?, goesBackwards: Bool?
    ) throws -> any RecurrentLayer {
        var config = layer.configuration.config
        if let prefix {
            let name = layer.name.hasPrefix(prefix) ? String(layer.name.dropFirst(prefix.count)) : layer.name
            config["name"] = .string(prefix + name)
        }
        if let goesBackwards { config["go_backwards"] = .bool(goesBackwards) }
        config["zero_output_for_mask"] = .bool(layer.returnsSequences)
        let made = Registry.layers.make(
            type(of: layer).className, config, at: .root, namedAt: .root, faults: Faults())
        guard let made = made as? any RecurrentLayer else {
            throw ArgumentError("layer", "\(layer.name) cannot be run in both directions.")
        }
        return made
    }

    private func checkPair() throws {
        if forward.goesBackwards == backward.goesBackwards {
            throw ArgumentError(
                "backward_layer", "One of layer and backward_layer has go_backwards, the other has not.")
        }
        for name in ["stateful", "return_sequences"]
        where forward.configuration.bool(name) != backward.configuration.bool(name) {
            throw ArgumentError(
                "backward_layer", "layer and backward_layer differ in \(name); give both the same.")
        }
    }

    func weights(for input: Shape) throws -> [WeightDescription] {
        try [forward, backward].flatMap { try $0.listedWeights(for: input) }
    }

    var freezesWeights: Bool { false }

    func states(for input: Shape) throws -> [WeightDescription] {
        try [forward, backward].flatMap { layer in
            try layer.states(for: input).map { $0.inside(layer.name) }
        }
    }

    func outputShape(for input: Shape) throws -> Shape {
        var output = try forward.outputShape(for: input)
        let other = try backward.outputShape(for: input)
        if mode == .concat {
            output[-1] = output[-1].flatMap { first in other[-1].map { first + $0 } }
        } else if output[-1] != other[-1] {
            throw ShapeError(
                "\(name) cannot join outputs of \(output) and \(other) by \(mode.rawValue); their units differ."
            )
        }
        return output
    }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule {
        forward.returnsSequences ? .pass : .none
    }

    func makeOperation(_ site: Site) throws -> Operation { try BidirectionalOperation(self, site) }
}
