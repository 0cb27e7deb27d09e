import Kernels
import Protocol

/// One step of a gated recurrent unit, Cho et al. 2014 (keras/src/layers/rnn/gru.py):
/// `z, r = recurrent_activation(x·W + h·U + b)`, `h = z · h + (1 − z) · activation(x·W + r · (h·U) + b)`; without
/// `reset_after` the candidate takes `(r · h)·U`.
///
/// `kernel` is `[features, 3 · units]`, `recurrent_kernel` `[units, 3 · units]`, the gates in the order update, reset,
/// candidate; `bias` is `[2, 3 · units]` with `reset_after` (the input's and the state's), else `[3 · units]`. State: h.
struct GRUCell: RecurrentCell {
    static let className = "GRUCell"
    static let arguments: [Argument] =
        Argument.layer + [
            .integer("units", aliases: ["output_dim"]),
            .activation(default: "tanh"),
            .activation("recurrent_activation", default: "sigmoid"),
            .boolean("use_bias", default: true),
        ] + Argument.cellWeights + Argument.cellDropout + [
            .boolean("reset_after", default: true), .randomSeed, .legacy("implementation", []),
        ] + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    var stateSizes: [Int] { [configuration.integer("units")] }
    var resetsAfter: Bool { configuration.bool("reset_after") }

    func weights(for input: Shape) throws -> [WeightDescription] {
        let units = stateSizes[0]
        return configuration.cellWeights(
            features: try input.size(-1, for: name), units: units, gates: 3,
            biasShape: resetsAfter ? [2, 3 * units] : [3 * units],
            biasInitializer: configuration.initializer("bias_initializer"))
    }

    func makeSequence(_ site: CellSite) throws -> CellSequence {
        let isStandard =
            configuration.activation() == .tanh
            && configuration.activation("recurrent_activation") == .sigmoid
        guard isStandard, resetsAfter, configuration.float("recurrent_dropout") == 0 else {
            return try GatedGRUSequence(self, site)
        }
        return try GRUSequence(self, site)
    }
}
