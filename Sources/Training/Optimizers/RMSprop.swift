import Kernels
import Protocol

/// RMSprop: `v = ρ v + (1 - ρ) g²`, `w -= learning_rate · g / √(v + ε)`, with momentum or centered on the gradients' mean
/// (keras/src/optimizers/rmsprop.py).
struct RMSprop: Optimizer {
    static let className = "RMSprop"
    static let arguments: [Argument] =
        Argument.optimizer("rmsprop", learningRate: 0.001) + [
            .number("rho", in: 0...1, default: 0.9),
            .number("momentum", in: 0...1, default: 0.0),
            .number("epsilon", in: 0...Double.greatestFiniteMagnitude, default: 1e-7),
            .boolean("centered", default: false),
        ]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func slots(for variables: [[Int]]) -> [OptimizerSlot] {
        [OptimizerSlot("velocity")]
            + (configuration.number("momentum") > 0 ? [OptimizerSlot("momentum")] : [])
            + (configuration.bool("centered") ? [OptimizerSlot("average_gradient")] : [])
    }

    func makeUpdate(_ site: OptimizerSite) -> OptimizerUpdate {
        let rho = configuration.number("rho")
        let momentum = configuration.float("momentum")
        let epsilon = configuration.float("epsilon")
        let momentums = momentum > 0 ? site.slots[1] : nil
        let averages = configuration.bool("centered") ? site.slots[site.slots.count - 1] : nil
        let velocities = site.slots[0]
        return FlatUpdate(site) { span, gradient, rate, _ in
            let start = span.lowerBound
            updateRMSprop(
                site.values + start, gradient: gradient, count: span.count, learningRate: rate,
                rho: rho, momentum: momentum, epsilon: epsilon, velocities: velocities + start,
                momentums: momentums.map { $0 + start }, averageGradients: averages.map { $0 + start })
        }
    }
}
