import Kernels
import Protocol

/// Computes the mean over the last axis of a loss of each target and prediction, or the sum.
class ElementwiseLossOperation: LossOperation {
    private let columns: Int
    private let factor: Float
    private let unreduced: UnsafeMutablePointer<Float>
    private var kind: ElementwiseLoss

    init(_ kind: ElementwiseLoss, _ site: LossSite, name: String, sums: Bool = false) throws {
        let shape = try MatchedShapes(target: site.target, prediction: site.prediction, for: name).shape
        columns = shape.count == 1 ? 1 : shape[shape.count - 1]
        factor = sums ? 1 : 1 / Float(columns)
        self.kind = kind
        unreduced = try site.arena.take(columns == 1 ? 0 : shape.reduce(1, *))
        super.init(valueShape: shape.count == 1 ? shape : Array(shape.dropLast()))
    }

    /// What is computed for a batch of `count` targets; nil for what was given at first.
    func kind(for target: UnsafePointer<Float>, count: Int) -> ElementwiseLoss? { nil }

    final override func forward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        values: UnsafeMutablePointer<Float>
    ) {
        let count = valueCount(rows: rows)
        kind = kind(for: target, count: count * columns) ?? kind
        guard columns > 1 else { return kind.values(target, prediction, to: values, count: count) }
        kind.values(target, prediction, to: unreduced, count: count * columns)
        Kernels.rowSums(unreduced, rows: count, columns: columns, to: values)
        if factor != 1 { Kernels.multiply(values, factor, to: values, count: count) }
    }

    final override func backward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        valueGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
    ) {
        let count = valueCount(rows: rows)
        kind.derivatives(target, prediction, to: gradient, count: count * columns)
        guard columns > 1 else {
            return Kernels.multiply(gradient, valueGradient, to: gradient, count: count)
        }
        for index in 0..<count {
            let start = gradient + index * columns
            Kernels.multiply(start, valueGradient[index] * factor, to: start, count: columns)
        }
    }
}
