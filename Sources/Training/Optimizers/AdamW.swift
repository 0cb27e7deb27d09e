import Kernels
import Protocol

/// Adam with weight decay apart from the gradient (keras/src/optimizers/adamw.py; Loshchilov and Hutter, 2017).
struct AdamW: Optimizer {
    static let className = "AdamW"
    static let arguments: [Argument] =
        Argument.optimizer("adamw", learningRate: 0.001, weightDecay: 0.004) + [
            .number("beta_1", in: 0...1, default: 0.9),
            .number("beta_2", in: 0...1, default: 0.999),
            .number("epsilon", in: 0...Double.greatestFiniteMagnitude, default: 1e-7),
            .boolean("amsgrad", default: false),
        ]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func slots(for variables: [[Int]]) -> [OptimizerSlot] {
        AdamRule.slots(configuration)
    }

    func makeUpdate(_ site: OptimizerSite) -> OptimizerUpdate {
        AdamRule.makeUpdate(configuration, site)
    }
}
