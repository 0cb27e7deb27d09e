import Kernels
import Protocol

/// Follow the regularized leader, proximal (keras/src/optimizers/ftrl.py; McMahan et al., 2013).
struct Ftrl: Optimizer {
    static let className = "Ftrl"
    static let arguments: [Argument] =
        Argument.optimizer("ftrl", learningRate: 0.001) + [
            .number("learning_rate_power", in: -Double.greatestFiniteMagnitude...0, default: -0.5),
            .number("initial_accumulator_value", in: 0...Double.greatestFiniteMagnitude, default: 0.1),
            .number("l1_regularization_strength", in: 0...Double.greatestFiniteMagnitude, default: 0.0),
            .number("l2_regularization_strength", in: 0...Double.greatestFiniteMagnitude, default: 0.0),
            .number(
                "l2_shrinkage_regularization_strength", in: 0...Double.greatestFiniteMagnitude, default: 0.0),
            .number("beta", default: 0.0),
        ]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func slots(for variables: [[Int]]) -> [OptimizerSlot] {
        [
            OptimizerSlot("accumulator", initialValue: configuration.float("initial_accumulator_value")),
            OptimizerSlot("linear"),
        ]
    }

    func makeUpdate(_ site: OptimizerSite) -> OptimizerUpdate {
        let power = configuration.float("learning_rate_power")
        let l1 = configuration.float("l1_regularization_strength")
        let l2 = configuration.float("l2_regularization_strength")
        let shrinkage = configuration.float("l2_shrinkage_regularization_strength")
        let beta = configuration.float("beta")
        let (accumulators, linears) = (site.slots[0], site.slots[1])
        return FlatUpdate(site) { span, gradient, rate, _ in
            let start = span.lowerBound
            updateFtrl(
                site.values + start, gradient: gradient, count: span.count, learningRate: rate,
                learningRatePower: power, l1Regularization: l1, l2Regularization: l2, l2Shrinkage: shrinkage,
                beta: beta, accumulators: accumulators + start, linears: linears + start)
        }
    }
}
