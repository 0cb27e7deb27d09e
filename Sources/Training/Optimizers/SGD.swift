import Kernels
import Protocol

/// Stochastic gradient descent, with momentum: `m = momentum · m - learning_rate · g`, `w += m`, or with Nesterov's
/// `w += momentum · m - learning_rate · g` (keras/src/optimizers/sgd.py).
struct SGD: Optimizer {
    static let className = "SGD"
    static let arguments: [Argument] =
        Argument.optimizer("sgd", learningRate: 0.01) + [
            .number("momentum", in: 0...1, default: 0.0),
            .boolean("nesterov", default: false),
        ]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func slots(for variables: [[Int]]) -> [OptimizerSlot] {
        configuration.number("momentum") == 0 ? [] : [OptimizerSlot("momentum")]
    }

    func makeUpdate(_ site: OptimizerSite) -> OptimizerUpdate {
        let momentum = configuration.float("momentum")
        let isNesterov = configuration.bool("nesterov")
        let momentums = site.slots.first
        return FlatUpdate(site) { span, gradient, rate, _ in
            let start = span.lowerBound
            guard let momentums else {
                updateSGD(
                    site.values + start, gradient: gradient, count: span.count,
                    learningRate: rate)
                return
            }
            updateMomentumSGD(
                site.values + start, gradient: gradient, count: span.count, learningRate: rate,
                momentum: momentum, nesterov: isNesterov, momentums: momentums + start)
        }
    }
}
