import Foundation
import Kernels
import Protocol

/// Adam with the infinity norm: `u = max(β₂ u, |g|)`, `w -= learning_rate · m / ((1 - β₁ᵗ)(u + ε))`
/// (keras/src/optimizers/adamax.py).
struct Adamax: Optimizer {
    static let className = "Adamax"
    static let arguments: [Argument] =
        Argument.optimizer("adamax", learningRate: 0.001) + [
            .number("beta_1", in: 0...1, default: 0.9),
            .number("beta_2", in: 0...1, default: 0.999),
            .number("epsilon", in: 0...Double.greatestFiniteMagnitude, default: 1e-7),
        ]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func slots(for variables: [[Int]]) -> [OptimizerSlot] {
        [OptimizerSlot("momentum"), OptimizerSlot("norm")]
    }

    func makeUpdate(_ site: OptimizerSite) -> OptimizerUpdate {
        let (beta1, beta2) = (configuration.number("beta_1"), configuration.number("beta_2"))
        let epsilon = configuration.float("epsilon")
        let (momentums, norms) = (site.slots[0], site.slots[1])
        return FlatUpdate(site) { span, gradient, rate, iteration in
            let start = span.lowerBound
            updateAdamax(
                site.values + start, gradient: gradient, count: span.count, learningRate: rate,
                correction: Float(1 - pow(beta1, Double(iteration + 1))), beta1: beta1, beta2: beta2,
                epsilon: epsilon, momentums: momentums + start, norms: norms + start)
        }
    }
}
