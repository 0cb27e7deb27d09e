import Foundation
import Kernels
import Protocol

/// AdamW that needs no schedule: weights lie between the point that is stepped and the mean of all such points
/// (Defazio et al., 2024; keras/src/optimizers/schedule_free_adamw.py).
struct ScheduleFreeAdamW: Optimizer {
    static let className = "ScheduleFreeAdamW"
    static let aliases = ["schedule_free_adamw"]
    static let arguments: [Argument] =
        Argument.optimizer("schedule_free_adam_w", learningRate: 0.0025) + [
            .number("beta_1", in: Double.leastNonzeroMagnitude...1, default: 0.9),
            .number("beta_2", in: 0...1, default: 0.999),
            .number("epsilon", in: 0...Double.greatestFiniteMagnitude, default: 1e-8),
            .integer("warmup_steps", in: 0...Int(Int32.max), default: 0),
        ]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func slots(for variables: [[Int]]) -> [OptimizerSlot] {
        [OptimizerSlot("momentum"), OptimizerSlot("velocity")]
    }

    func makeUpdate(_ site: OptimizerSite) -> OptimizerUpdate { ScheduleFreeUpdate(configuration, site) }
}

private final class ScheduleFreeUpdate: OptimizerUpdate {
    private let site: OptimizerSite
    private let beta1: Float
    private let beta2: Float
    private let epsilon: Float
    private let warmupSteps: Int

    init(_ configuration: Arguments, _ site: OptimizerSite) {
        self.site = site
        beta1 = configuration.float("beta_1")
        beta2 = configuration.float("beta_2")
        epsilon = configuration.float("epsilon")
        warmupSteps = configuration.integer("warmup_steps")
    }

    override func begin() { Kernels.copy(site.values, to: site.slots[0], count: site.count) }

    override func apply(learningRate: Float, iteration: Int, team: ThreadTeam) {
        let step = Float(iteration + 1)
        let warmth = warmupSteps > 0 ? min(step / Float(warmupSteps), 1) : 1
        updateScheduleFreeAdamW(
            site.values, gradient: site.gradients, count: site.count, learningRate: learningRate * warmth,
            beta1: beta1, beta2: beta2, correction: 1 - powf(beta2, step), epsilon: epsilon, weight: 1 / step,
            momentums: site.slots[0], velocities: site.slots[1])
    }
}
