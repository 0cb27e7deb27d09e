import Foundation
import Kernels
import Protocol

/// Adam with Nesterov's momentum, whose decay follows `β₁(1 - 0.5 · 0.96ᵗ)` (keras/src/optimizers/nadam.py;
/// Dozat, 2015).
struct Nadam: Optimizer {
    static let className = "Nadam"
    static let arguments: [Argument] =
        Argument.optimizer("nadam", learningRate: 0.001) + [
            .number("beta_1", in: 0...1, default: 0.9),
            .number("beta_2", in: 0...1, default: 0.999),
            .number("epsilon", in: 0...Double.greatestFiniteMagnitude, default: 1e-7),
        ]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func slots(for variables: [[Int]]) -> [OptimizerSlot] {
        [
            OptimizerSlot("momentum"), OptimizerSlot("velocity"),
            OptimizerSlot("u_product", initialValue: 1, count: 1),
        ]
    }

    func makeUpdate(_ site: OptimizerSite) -> OptimizerUpdate {
        let (beta1, beta2) = (configuration.float("beta_1"), configuration.float("beta_2"))
        let epsilon = configuration.float("epsilon")
        let (momentums, velocities, product) = (site.slots[0], site.slots[1], site.slots[2])
        return FlatUpdate(site) { iteration in
            product[0] *= Self.decay(beta1, step: iteration + 1)
        } body: { span, gradient, rate, iteration in
            let start = span.lowerBound
            let next = Self.decay(beta1, step: iteration + 2)
            let current = Self.decay(beta1, step: iteration + 1)
            updateNadam(
                site.values + start, gradient: gradient, count: span.count, learningRate: rate,
                momentumFactor: next / (1 - product[0] * next),
                gradientFactor: (1 - current) / (1 - product[0]),
                velocityCorrection: 1 - Float(pow(Double(beta2), Double(iteration + 1))), beta1: beta1,
                beta2: beta2, epsilon: epsilon, momentums: momentums + start, velocities: velocities + start)
        }
    }

    /// The momentum of a step, counted from 1.
    private static func decay(_ beta1: Float, step: Int) -> Float {
        beta1 * (1 - 0.5 * Float(pow(0.96, Double(step))))
    }
}
