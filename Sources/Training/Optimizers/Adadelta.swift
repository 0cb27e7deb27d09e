import Kernels
import Protocol

/// Adadelta: steps of the size of earlier steps over that of the gradients (keras/src/optimizers/adadelta.py;
/// Zeiler, 2012).
struct Adadelta: Optimizer {
    static let className = "Adadelta"
    static let arguments: [Argument] =
        Argument.optimizer("adadelta", learningRate: 0.001) + [
            .number("rho", in: 0...1, default: 0.95),
            .number("epsilon", in: 0...Double.greatestFiniteMagnitude, default: 1e-7),
        ]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func slots(for variables: [[Int]]) -> [OptimizerSlot] {
        [OptimizerSlot("accumulated_grad"), OptimizerSlot("accumulated_delta_var")]
    }

    func makeUpdate(_ site: OptimizerSite) -> OptimizerUpdate {
        let rho = configuration.number("rho")
        let epsilon = configuration.float("epsilon")
        let (gradients, deltas) = (site.slots[0], site.slots[1])
        return FlatUpdate(site) { span, gradient, rate, _ in
            let start = span.lowerBound
            updateAdadelta(
                site.values + start, gradient: gradient, count: span.count, learningRate: rate,
                rho: rho, epsilon: epsilon, accumulatedGradients: gradients + start,
                accumulatedDeltas: deltas + start)
        }
    }
}
