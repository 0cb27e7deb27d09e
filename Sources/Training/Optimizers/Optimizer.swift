import Protocol

/// A rule by which gradients change weights (`keras.optimizers.Optimizer`).
package protocol Optimizer: Configurable {
    /// The state that the rule keeps for variables of these shapes.
    func slots(for variables: [[Int]]) -> [OptimizerSlot]
    /// The object that applies the rule.
    func makeUpdate(_ site: OptimizerSite) throws -> OptimizerUpdate
}

extension Optimizer {
    var learningRate: LearningRate { configuration.learningRate() }
}

/// A part of an optimizer's state.
package struct OptimizerSlot: Sendable {
    /// Keras's name for it.
    let name: String
    /// What its elements start as.
    let initialValue: Float
    /// Its size; nil for one element for each element of the variables.
    let count: Int?

    init(_ name: String, initialValue: Float = 0, count: Int? = nil) {
        self.name = name
        self.initialValue = initialValue
        self.count = count
    }
}

/// The variables and the state that a rule works on.
package struct OptimizerSite {
    /// The trained variables.
    package let variables: [WeightSlot]
    /// Their paths.
    package let paths: [String]
    /// All trained variables lie one behind the other, with zeros between them where they are padded.
    package let values: UnsafeMutablePointer<Float>
    /// Their gradients, laid out likewise.
    package let gradients: UnsafeMutablePointer<Float>
    /// Elements of the whole, padding included.
    package let count: Int
    /// The slots in the order of `slots(for:)`; those without a count of their own are laid out as the values.
    package let slots: [UnsafeMutablePointer<Float>]
    /// Threads that share the work.
    let threads: Int
    let arena: Arena
}

/// Changes the variables by their gradients.
package class OptimizerUpdate {
    /// Before the first step, when the weights are those that training begins with.
    func begin() {}
    /// Whether `apply` decays the weights by itself.
    var decaysWeights: Bool { false }
    /// One step; `iteration` counts from 0.
    func apply(learningRate: Float, iteration: Int, team: ThreadTeam) {}
}

extension Argument {
    /// What every optimizer takes, in the order of Keras's `get_config()`.
    static func optimizer(_ name: String, learningRate: Double, weightDecay: JSONValue = .null) -> [Argument]
    {
        let positive = Double.leastNonzeroMagnitude...Double.greatestFiniteMagnitude
        return [
            Argument("name", .string, default: .string(name)),
            Argument("learning_rate", .learningRate, default: .number(learningRate), aliases: ["lr"]),
            .number("weight_decay", in: 0...Double.greatestFiniteMagnitude, default: weightDecay),
            .number("clipnorm", in: positive, default: .null),
            .number("global_clipnorm", in: positive, default: .null),
            .number("clipvalue", in: positive, default: .null),
            .boolean("use_ema", default: false),
            .number("ema_momentum", in: 0...1, default: 0.99),
            .integer("ema_overwrite_frequency", default: .null),
            .number("loss_scale_factor", in: positive, default: .null),
            .integer("gradient_accumulation_steps", in: 2...Int(Int32.max), default: .null),
            .legacy("decay", [0, 0.0]), .legacy("jit_compile", []), .legacy("is_legacy_optimizer", [false]),
        ]
    }
}

extension Arguments {
    /// Throws when gradients are to be clipped in more than one way.
    func checkClipping() throws {
        let given = ["clipnorm", "global_clipnorm", "clipvalue"].filter { has($0) }
        guard let last = given.last, given.count > 1 else { return }
        throw ArgumentError(
            last, "Only one of \(given.joined(separator: ", ")) can be given; leave the others out.")
    }
}
