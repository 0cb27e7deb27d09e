import Foundation
import Kernels
import Protocol

/// Adam: `m += (g - m)(1 - β₁)`, `v += (g² - v)(1 - β₂)`, `w -= α m / (√v + ε)` with `α = learning_rate · √(1 - β₂ᵗ) /
/// (1 - β₁ᵗ)`; with `amsgrad` the largest `v` so far (keras/src/optimizers/adam.py; Kingma and Ba, 2014).
struct Adam: Optimizer {
    static let className = "Adam"
    static let arguments: [Argument] =
        Argument.optimizer("adam", learningRate: 0.001) + [
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

/// What Adam and AdamW share.
enum AdamRule {
    static func slots(_ configuration: Arguments) -> [OptimizerSlot] {
        [OptimizerSlot("momentum"), OptimizerSlot("velocity")]
            + (configuration.bool("amsgrad") ? [OptimizerSlot("velocity_hat")] : [])
    }

    static func makeUpdate(_ configuration: Arguments, _ site: OptimizerSite) -> OptimizerUpdate {
        let (beta1, beta2) = (configuration.number("beta_1"), configuration.number("beta_2"))
        let epsilon = configuration.float("epsilon")
        let slots = site.slots
        let keepsMaximum = slots.count == 3
        var correction: Float = 1
        return FlatUpdate(site) { iteration in
            let step = Double(iteration + 1)
            correction = Float((1 - pow(beta2, step)).squareRoot() / (1 - pow(beta1, step)))
        } body: { span, gradient, rate, _ in
            updateAdam(
                site.values + span.lowerBound, gradient: gradient, count: span.count,
                stepSize: rate * correction, beta1: beta1, beta2: beta2, epsilon: epsilon,
                momentums: slots[0] + span.lowerBound, velocities: slots[1] + span.lowerBound,
                velocityHats: keepsMaximum ? slots[2] + span.lowerBound : nil)
        }
    }
}
