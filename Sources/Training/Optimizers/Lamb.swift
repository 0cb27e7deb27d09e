import Foundation
import Kernels
import Protocol

/// Adam whose step in each variable is as long as the variable's own norm says (You et al., 2019;
/// keras/src/optimizers/lamb.py).
struct Lamb: Optimizer {
    static let className = "Lamb"
    static let arguments: [Argument] =
        Argument.optimizer("lamb", learningRate: 0.001) + [
            .number("beta_1", in: 0...1, default: 0.9),
            .number("beta_2", in: 0...1, default: 0.999),
            .number("epsilon", in: 0...Double.greatestFiniteMagnitude, default: 1e-7),
        ]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func slots(for variables: [[Int]]) -> [OptimizerSlot] {
        [OptimizerSlot("momentum"), OptimizerSlot("velocity")]
    }

    func makeUpdate(_ site: OptimizerSite) throws -> OptimizerUpdate { try LambUpdate(configuration, site) }
}

private final class LambUpdate: OptimizerUpdate {
    private let site: OptimizerSite
    private let beta1: Double
    private let beta2: Double
    private let epsilon: Float
    private let direction: UnsafeMutablePointer<Float>

    init(_ configuration: Arguments, _ site: OptimizerSite) throws {
        self.site = site
        beta1 = configuration.number("beta_1")
        beta2 = configuration.number("beta_2")
        epsilon = configuration.float("epsilon")
        direction = try site.arena.take(site.largestCount)
    }

    override func apply(learningRate: Float, iteration: Int, team: ThreadTeam) {
        let step = Double(iteration + 1)
        for slot in site.variables {
            guard let gradient = slot.gradient else { continue }
            let offset = slot.values - site.values
            lambDirection(
                gradient: gradient, count: slot.count, beta1: beta1, beta2: beta2,
                correction1: Float(1 - pow(beta1, step)), correction2: Float(1 - pow(beta2, step)),
                epsilon: epsilon, momentums: site.slots[0] + offset, velocities: site.slots[1] + offset,
                to: direction)
            let weight = sumOfSquares(slot.values, count: slot.count).squareRoot()
            let length = sumOfSquares(direction, count: slot.count).squareRoot()
            let ratio = weight > 0 && length > 0 ? weight / length : 1
            addScaled(direction, by: -Float(ratio) * learningRate, to: slot.values, count: slot.count)
        }
    }
}

extension OptimizerSite {
    /// Elements of the largest variable.
    var largestCount: Int { variables.map(\.count).max() ?? 0 }
}
