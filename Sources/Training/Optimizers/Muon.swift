import Foundation
import Kernels
import Protocol

/// Momentum whose matrices are made orthogonal by Newton and Schulz's iteration, and AdamW for everything that is no
/// matrix, for embeddings and for `exclude_layers` (Jordan, 2024; keras/src/optimizers/muon.py).
///
/// The words of `exclude_layers` are looked for in the variables' paths as they are written.
struct Muon: Optimizer {
    static let className = "Muon"
    static let arguments: [Argument] =
        Argument.optimizer("muon", learningRate: 0.001, weightDecay: 0.004) + [
            .number("adam_beta_1", in: 0...1, default: 0.9),
            .number("adam_beta_2", in: 0...1, default: 0.999),
            .number("epsilon", in: 0...Double.greatestFiniteMagnitude, default: 1e-7),
            Argument("exclude_layers", .value, default: []),
            .number("muon_a", default: 3.4445),
            .number("muon_b", default: -4.7750),
            .number("muon_c", default: 2.0315),
            .number("adam_lr_ratio", default: 1),
            .number("momentum", in: 0...1, default: 0.95),
            .integer("ns_steps", in: 0...100, default: 5),
            .boolean("nesterov", default: true),
            .boolean("exclude_embeddings", default: true),
            .number("adam_weight_decay", in: 0...Double.greatestFiniteMagnitude, default: 0.004),
            Argument("rms_rate", .value, default: 0.2),
        ]

    let configuration: Arguments
    fileprivate let excluded: [String]

    init(_ arguments: Arguments) throws {
        configuration = arguments
        let words = arguments.config["exclude_layers"] ?? .null
        excluded = (words.array ?? []).compactMap(\.string)
        guard words.isNull || words.array?.count == excluded.count else {
            throw ArgumentError("exclude_layers", "exclude_layers is a list of parts of layers' names.")
        }
        let rate = arguments.config["rms_rate"] ?? .null
        guard rate.isNull || rate.number?.isFinite ?? false else {
            throw ArgumentError("rms_rate", "rms_rate is a number or null, not \(rate.brief).")
        }
    }

    func slots(for variables: [[Int]]) -> [OptimizerSlot] {
        [OptimizerSlot("momentum"), OptimizerSlot("velocity")]
    }

    func makeUpdate(_ site: OptimizerSite) throws -> OptimizerUpdate { try MuonUpdate(self, site) }

    /// Whether a variable is left to AdamW.
    fileprivate func usesAdam(_ slot: WeightSlot, path: String) -> Bool {
        slot.shape.count != 2
            || configuration.bool("exclude_embeddings") && path.lowercased().contains("embedding")
            || excluded.contains { path.contains($0) }
    }
}

private final class MuonUpdate: OptimizerUpdate {
    private let site: OptimizerSite
    private let settings: Settings
    private let usesAdam: [Bool]
    private let orthogonalizer: Orthogonalizer
    private let direction: UnsafeMutablePointer<Float>

    private struct Settings {
        let adamBeta1: Double
        let adamBeta2: Double
        let epsilon: Float
        let adamRatio: Float
        let momentum: Float
        let isNesterov: Bool
        let weightDecay: Float?
        let adamWeightDecay: Float
        let rootMeanSquareRate: Float?

        init(_ configuration: Arguments) {
            adamBeta1 = configuration.number("adam_beta_1")
            adamBeta2 = configuration.number("adam_beta_2")
            epsilon = configuration.float("epsilon")
            adamRatio = configuration.float("adam_lr_ratio")
            momentum = configuration.float("momentum")
            isNesterov = configuration.bool("nesterov")
            weightDecay = configuration.optionalNumber("weight_decay").map { Float($0) }
            adamWeightDecay = configuration.float("adam_weight_decay")
            rootMeanSquareRate = configuration.optionalNumber("rms_rate").map { Float($0) }
        }
    }

    init(_ optimizer: Muon, _ site: OptimizerSite) throws {
        self.site = site
        settings = Settings(optimizer.configuration)
        usesAdam = zip(site.variables, site.paths).map { optimizer.usesAdam($0, path: $1) }
        let matrices = zip(site.variables, usesAdam).filter { !$0.1 }.map(\.0.shape)
        orthogonalizer = try Orthogonalizer(optimizer.configuration, shapes: matrices, site)
        direction = try site.arena.take(matrices.map { $0.reduce(1, *) }.max() ?? 0)
    }

    override var decaysWeights: Bool { true }

    override func apply(learningRate: Float, iteration: Int, team: ThreadTeam) {
        for (index, slot) in site.variables.enumerated() {
            guard let gradient = slot.gradient else { continue }
            let offset = slot.values - site.values
            if let decay = usesAdam[index] ? settings.adamWeightDecay : settings.weightDecay {
                decayWeights(
                    slot.values, count: slot.count, learningRate: learningRate, weightDecay: decay)
            }
            if usesAdam[index] {
                stepAdam(slot, gradient, offset, rate: learningRate * settings.adamRatio, iteration)
            } else {
                stepMatrix(slot, gradient, momentum: site.slots[0] + offset, rate: learningRate, team)
            }
        }
    }

    private func stepAdam(
        _ slot: WeightSlot, _ gradient: UnsafePointer<Float>, _ offset: Int, rate: Float, _ iteration: Int
    ) {
        let step = Double(iteration + 1)
        let correction =
            (1 - pow(settings.adamBeta2, step)).squareRoot() / (1 - pow(settings.adamBeta1, step))
        updateAdam(
            slot.values, gradient: gradient, count: slot.count, stepSize: rate * Float(correction),
            beta1: settings.adamBeta1, beta2: settings.adamBeta2, epsilon: settings.epsilon,
            momentums: site.slots[0] + offset, velocities: site.slots[1] + offset, velocityHats: nil)
    }

    private func stepMatrix(
        _ slot: WeightSlot, _ gradient: UnsafePointer<Float>, momentum: UnsafeMutablePointer<Float>,
        rate: Float, _ team: ThreadTeam
    ) {
        Kernels.multiply(momentum, settings.momentum, to: momentum, count: slot.count)
        Kernels.add(momentum, gradient, to: momentum, count: slot.count)
        if settings.isNesterov {
            Kernels.copy(gradient, to: direction, count: slot.count)
            addScaled(momentum, by: settings.momentum, to: direction, count: slot.count)
        } else {
            Kernels.copy(momentum, to: direction, count: slot.count)
        }
        orthogonalizer.apply(direction, rows: slot.shape[0], columns: slot.shape[1], team)
        var scale = rate
        if let wanted = settings.rootMeanSquareRate {
            scale *= Float(max(slot.shape[0], slot.shape[1])).squareRoot() * wanted
        }
        addScaled(direction, by: -scale, to: slot.values, count: slot.count)
    }
}

/// Newton and Schulz's iteration: `X ← aX + (bA + cA²)X` with `A = XXᵀ`, which brings all singular values near 1.
private struct Orthogonalizer {
    private let a: Float
    private let b: Float
    private let c: Float
    private let steps: Int
    private let product: Product
    private let matrix: UnsafeMutablePointer<Float>
    private let next: UnsafeMutablePointer<Float>
    private let square: UnsafeMutablePointer<Float>
    private let polynomial: UnsafeMutablePointer<Float>

    init(_ configuration: Arguments, shapes: [[Int]], _ site: OptimizerSite) throws {
        a = configuration.float("muon_a")
        b = configuration.float("muon_b")
        c = configuration.float("muon_c")
        steps = configuration.integer("ns_steps")
        let scratch = ScratchSpace(threads: site.threads)
        product = Product(scratch)
        for shape in shapes {
            let (short, long) = (min(shape[0], shape[1]), max(shape[0], shape[1]))
            product.reserve(MatrixProduct(rows: short, columns: short, depth: long, transposeB: true))
            product.reserve(MatrixProduct(rows: short, columns: short, depth: short))
            product.reserve(MatrixProduct(rows: short, columns: long, depth: short))
        }
        try scratch.take(from: site.arena)
        let largest = shapes.map { $0[0] * $0[1] }.max() ?? 0
        let largestSquare = shapes.map { min($0[0], $0[1]) * min($0[0], $0[1]) }.max() ?? 0
        matrix = try site.arena.take(largest)
        next = try site.arena.take(largest)
        square = try site.arena.take(largestSquare)
        polynomial = try site.arena.take(largestSquare)
    }

    /// Makes a matrix orthogonal, or nearly so, in place.
    func apply(_ values: UnsafeMutablePointer<Float>, rows: Int, columns: Int, _ team: ThreadTeam) {
        let (short, long) = (min(rows, columns), max(rows, columns))
        let count = short * long
        let norm = Float(sumOfSquares(values, count: count).squareRoot()) + 1e-7
        copy(values, rows: rows, columns: columns, to: matrix)
        Kernels.multiply(matrix, 1 / norm, to: matrix, count: count)
        var (x, y) = (matrix, next)
        for _ in 0..<steps {
            product.multiplyTransposingRight(x, x, to: square, rows: short, inner: long, columns: short, team)
            product.multiply(square, square, to: polynomial, rows: short, inner: short, columns: short, team)
            Kernels.multiply(polynomial, c, to: polynomial, count: short * short)
            addScaled(square, by: b, to: polynomial, count: short * short)
            product.multiply(polynomial, x, to: y, rows: short, inner: short, columns: long, team)
            addScaled(x, by: a, to: y, count: count)
            swap(&x, &y)
        }
        copy(x, rows: short, columns: long, to: values, transposing: rows > columns)
    }

    /// Copies a matrix, turned so that it is wide.
    private func copy(
        _ source: UnsafePointer<Float>, rows: Int, columns: Int, to destination: UnsafeMutablePointer<Float>,
        transposing: Bool? = nil
    ) {
        guard transposing ?? (rows > columns) else {
            return Kernels.copy(source, to: destination, count: rows * columns)
        }
        for row in 0..<rows {
            for column in 0..<columns { destination[column * rows + row] = source[row * columns + column] }
        }
    }
}
