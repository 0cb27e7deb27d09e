import Foundation
import Kernels
import Protocol

/// Adam's second moment kept as one number for each row and column, and steps relative to the weights' size
/// (Shazeer and Stern, 2018; keras/src/optimizers/adafactor.py).
///
/// `relative_step` is accepted: Keras bounds the rate by `1 / √step` with it and without it.
struct Adafactor: Optimizer {
    static let className = "Adafactor"
    static let arguments: [Argument] =
        Argument.optimizer("adafactor", learningRate: 0.001) + [
            .number("beta_2_decay", default: -0.8),
            .number("epsilon_1", in: 0...Double.greatestFiniteMagnitude, default: 1e-30),
            .number("epsilon_2", in: 0...Double.greatestFiniteMagnitude, default: 1e-3),
            .number(
                "clip_threshold", in: Double.leastNonzeroMagnitude...Double.greatestFiniteMagnitude,
                default: 1.0),
            .boolean("relative_step", default: true),
        ]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func slots(for variables: [[Int]]) -> [OptimizerSlot] {
        let matrices = variables.map(MatrixShape.init)
        return [
            OptimizerSlot("r", count: matrices.reduce(0) { $0 + $1.count * $1.rows }),
            OptimizerSlot("c", count: matrices.reduce(0) { $0 + $1.count * $1.columns }),
            OptimizerSlot("velocity"),
        ]
    }

    func makeUpdate(_ site: OptimizerSite) throws -> OptimizerUpdate {
        try AdafactorUpdate(configuration, site)
    }
}

/// A variable seen as matrices along its last two axes; none where it has fewer.
private struct MatrixShape {
    let count: Int
    let rows: Int
    let columns: Int

    init(_ shape: [Int]) {
        guard shape.count >= 2 else {
            (count, rows, columns) = (0, 0, 0)
            return
        }
        columns = shape[shape.count - 1]
        rows = shape[shape.count - 2]
        count = shape.dropLast(2).reduce(1, *)
    }
}

private final class AdafactorUpdate: OptimizerUpdate {
    private let site: OptimizerSite
    private let matrices: [MatrixShape]
    private let decayPower: Float
    private let epsilon1: Float
    private let epsilon2: Float
    private let threshold: Float
    private let direction: UnsafeMutablePointer<Float>

    init(_ configuration: Arguments, _ site: OptimizerSite) throws {
        self.site = site
        matrices = site.variables.map { MatrixShape($0.shape) }
        decayPower = configuration.float("beta_2_decay")
        epsilon1 = configuration.float("epsilon_1")
        epsilon2 = configuration.float("epsilon_2")
        threshold = configuration.float("clip_threshold")
        direction = try site.arena.take(site.largestCount)
    }

    override func apply(learningRate: Float, iteration: Int, team: ThreadTeam) {
        let step = Float(iteration + 1)
        let decay = 1 - powf(step, decayPower)
        let rate = min(learningRate, 1 / step.squareRoot())
        var (rowMeans, columnMeans) = (site.slots[0], site.slots[1])
        for (slot, matrix) in zip(site.variables, matrices) {
            guard let gradient = slot.gradient else { continue }
            if matrix.count == 0 {
                adafactorDirection(
                    gradient: gradient, count: slot.count, decay: decay, epsilon: epsilon1,
                    velocities: site.slots[2] + (slot.values - site.values), to: direction)
            }
            for index in 0..<matrix.count {
                let offset = index * matrix.rows * matrix.columns
                adafactorDirection(
                    gradient: gradient + offset, rows: matrix.rows, columns: matrix.columns, decay: decay,
                    epsilon: epsilon1, rowMeans: rowMeans, columnMeans: columnMeans,
                    to: direction + offset)
                rowMeans += matrix.rows
                columnMeans += matrix.columns
            }
            let size = max(epsilon2, Self.rootMeanSquare(slot.values, slot.count))
            let clipping = max(1, Self.rootMeanSquare(direction, slot.count) / threshold)
            addScaled(direction, by: -size * rate / clipping, to: slot.values, count: slot.count)
        }
    }

    private static func rootMeanSquare(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
        Float((sumOfSquares(x, count: count) / Double(count)).squareRoot())
    }
}
