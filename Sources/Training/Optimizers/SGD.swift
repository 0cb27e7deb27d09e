import Kernels
import Protocol

/// Stochastic gradient descent, with momentum: `velocity = momentum · velocity - learning_rate · g`,
/// `w += velocity`, or with Nesterov's `w += momentum · velocity - learning_rate · g` (keras/src/optimizers/sgd.py).
struct SGD: Optimizer {
    static let className = "SGD"
    static let arguments: [Argument] =
        Argument.optimizer("SGD", learningRate: 0.01) + [
            .number("momentum", in: 0...1, default: 0.0),
            .boolean("nesterov", default: false),
        ]

    let configuration: Arguments
    let momentum: Float

    init(_ arguments: Arguments) {
        configuration = arguments
        momentum = arguments.float("momentum")
    }

    func slots(for variables: [[Int]]) -> [OptimizerSlot] { momentum == 0 ? [] : [OptimizerSlot("momentum")] }

    func makeUpdate(_ site: OptimizerSite) throws -> OptimizerUpdate { SGDUpdate(self, site) }
}

private final class SGDUpdate: OptimizerUpdate {
    private let site: OptimizerSite
    private let momentum: Float
    private let isNesterov: Bool

    init(_ optimizer: SGD, _ site: OptimizerSite) {
        self.site = site
        momentum = optimizer.momentum
        isNesterov = optimizer.configuration.bool("nesterov")
    }

    override func apply(learningRate: Float, iteration: Int, team: ThreadTeam) {
        let gradients = site.gradients
        let values = site.values
        guard let velocity = site.slots.first else {
            Kernels.addScaled(gradients, by: -learningRate, to: values, count: site.count)
            return
        }
        Kernels.multiply(velocity, momentum, to: velocity, count: site.count)
        Kernels.addScaled(gradients, by: -learningRate, to: velocity, count: site.count)
        if isNesterov {
            Kernels.addScaled(velocity, by: momentum, to: values, count: site.count)
            Kernels.addScaled(gradients, by: -learningRate, to: values, count: site.count)
        } else {
            Kernels.add(values, velocity, to: values, count: site.count)
        }
    }
}
