import Kernels
import Protocol

/// Minus the cosine of the angle between targets and predictions along `axis` (keras/src/losses/losses.py).
struct CosineSimilarity: Loss {
    static let className = "CosineSimilarity"
    static let arguments: [Argument] =
        Argument.loss("cosine_similarity") + [.integer("axis", in: -16...16, default: -1)]

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        try CosineSimilarityOperation(
            site, axis: configuration.integer("axis"), sign: -1, name: Self.className)
    }
}

/// The cosine, or minus it.
final class CosineSimilarityOperation: LossOperation {
    private let rows: ClassRows
    private let sign: Float
    private let scales: UnsafeMutablePointer<Float>

    init(_ site: LossSite, axis: Int, sign: Float, name: String) throws {
        rows = try ClassRows(site.prediction, axis: axis, name: name, arena: site.arena)
        // Keras takes the length of what is repeated before it is.
        let repeats = [site.targetRepeats, site.predictionRepeats].map { [rows] in
            $0.isEmpty ? 1 : $0[rows.axis]
        }
        self.sign = sign * Float(repeats[0] * repeats[1]).squareRoot()
        scales = try site.arena.take(rows.valueShape.reduce(1, *))
        super.init(valueShape: rows.valueShape)
    }

    override func forward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        values: UnsafeMutablePointer<Float>
    ) {
        let count = valueCount(rows: rows)
        let (target, prediction) = self.rows.gather(target, prediction, rows: count)
        Kernels.cosineSimilarity(target, prediction, rows: count, columns: self.rows.classes, to: values)
        if sign != 1 { Kernels.multiply(values, sign, to: values, count: count) }
    }

    override func backward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        valueGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
    ) {
        let count = valueCount(rows: rows)
        let (target, prediction) = self.rows.gather(target, prediction, rows: count)
        Kernels.multiply(valueGradient, sign, to: scales, count: count)
        cosineSimilarityBackward(
            target, prediction, scales: scales, rows: count, columns: self.rows.classes,
            to: self.rows.gradientRows(gradient))
        self.rows.scatter(to: gradient, rows: count)
    }
}
