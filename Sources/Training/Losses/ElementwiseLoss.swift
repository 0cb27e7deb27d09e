import Kernels
import Protocol

/// Computes the mean over an axis, the last one unless told, of a loss of each target and prediction, or the sum.
class ElementwiseLossOperation: LossOperation {
    private let columns: Int
    private let factor: Float
    private let unreduced: UnsafeMutablePointer<Float>
    private let rows: ClassRows?
    private var kind: ElementwiseLoss

    init(_ kind: ElementwiseLoss, _ site: LossSite, axis: Int = -1, name: String = "", sums: Bool = false)
        throws
    {
        let shape = site.prediction
        rows =
            shape.count == 1 && axis == -1
            ? nil : try ClassRows(shape, axis: axis, name: name, arena: site.arena)
        columns = rows?.classes ?? 1
        factor = sums ? 1 : 1 / Float(columns)
        self.kind = kind
        unreduced = try site.arena.take(columns == 1 ? 0 : shape.reduce(1, *))
        super.init(valueShape: rows?.valueShape ?? shape)
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
        let (target, prediction) =
            self.rows?.gather(target, prediction, rows: count) ?? (target, prediction)
        kind.values(target, prediction, to: unreduced, count: count * columns)
        Kernels.rowSums(unreduced, rows: count, columns: columns, to: values)
        if factor != 1 { Kernels.multiply(values, factor, to: values, count: count) }
    }

    final override func backward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        valueGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
    ) {
        let count = valueCount(rows: rows)
        guard columns > 1, let classRows = self.rows else {
            kind.derivatives(target, prediction, to: gradient, count: count)
            return Kernels.multiply(gradient, valueGradient, to: gradient, count: count)
        }
        let (target, prediction) = classRows.gather(target, prediction, rows: count)
        let slopes = classRows.gradientRows(gradient)
        kind.derivatives(target, prediction, to: slopes, count: count * columns)
        for index in 0..<count {
            let start = slopes + index * columns
            Kernels.multiply(start, valueGradient[index] * factor, to: start, count: columns)
        }
        classRows.scatter(to: gradient, rows: count)
    }
}
