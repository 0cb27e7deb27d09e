import Kernels
import Protocol

/// Adagrad: `a += g²`, `w -= learning_rate · g / √(a + ε)` (keras/src/optimizers/adagrad.py).
struct Adagrad: Optimizer {
    static let className = "Adagrad"
    static let arguments: [Argument] =
        Argument.optimizer("adagrad", learningRate: 0.001) + [
            .number("initial_accumulator_value", in: 0...Double.greatestFiniteMagnitude, default: 0.1),
            .number("epsilon", in: 0...Double.greatestFiniteMagnitude, default: 1e-7),
        ]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func slots(for variables: [[Int]]) -> [OptimizerSlot] {
        [OptimizerSlot("accumulator", initialValue: configuration.float("initial_accumulator_value"))]
    }

    func makeUpdate(_ site: OptimizerSite) -> OptimizerUpdate {
        let epsilon = configuration.float("epsilon")
        let accumulators = site.slots[0]
        return FlatUpdate(site) { span, gradient, rate, _ in
            let start = span.lowerBound
            updateAdagrad(
                site.values + start, gradient: gradient, count: span.count, learningRate: rate,
                epsilon: epsilon, accumulators: accumulators + start)
        }
    }
}
