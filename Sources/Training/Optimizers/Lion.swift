import Kernels
import Protocol

/// Lion: `w -= learning_rate · sign(β₁ m + (1 - β₁) g)`, `m = β₂ m + (1 - β₂) g` (keras/src/optimizers/lion.py;
/// Chen et al., 2023).
struct Lion: Optimizer {
    static let className = "Lion"
    static let arguments: [Argument] =
        Argument.optimizer("lion", learningRate: 0.001) + [
            .number("beta_1", in: 0...1, default: 0.9),
            .number("beta_2", in: 0...1, default: 0.99),
        ]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func slots(for variables: [[Int]]) -> [OptimizerSlot] {
        [OptimizerSlot("momentum")]
    }

    func makeUpdate(_ site: OptimizerSite) -> OptimizerUpdate {
        let (beta1, beta2) = (configuration.float("beta_1"), configuration.float("beta_2"))
        let momentums = site.slots[0]
        return FlatUpdate(site) { span, gradient, rate, _ in
            let start = span.lowerBound
            updateLion(
                site.values + start, gradient: gradient, count: span.count, learningRate: rate,
                beta1: beta1, beta2: beta2, momentums: momentums + start)
        }
    }
}
