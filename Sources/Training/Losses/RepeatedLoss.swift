import Kernels
import Protocol

/// How a loss brings targets to the shape of the predictions.
package enum TargetFit: Sendable {
    /// Either is repeated along axes of size 1.
    case repeated
    /// Both have one shape.
    case equal
    /// Its own way.
    case own
}

extension Loss {
    package static var fit: TargetFit { .repeated }

    /// The operation for targets and predictions as they come.
    ///
    /// A last axis of size 1 is added or taken away first, as every loss of Keras's does; then the loss's rule holds.
    /// - Parameter squeezes: False for metrics whose function does not do that.
    /// - Throws: A `ShapeError` that tells what would fit.
    package func operation(_ site: LossSite, squeezes: Bool = true) throws -> LossOperation {
        guard Self.fit != .own else { return try makeOperation(site) }
        if Self.fit == .equal {
            let fitted = ShapeFit.sameRank(site.target, site.prediction)
            let fits = squeezes ? fitted.first == fitted.second : site.target == site.prediction
            guard fits else {
                throw ComparedRows.misfit(Self.className, target: site.target, prediction: site.prediction)
            }
            let operation = try makeOperation(
                LossSite(target: fitted.first, prediction: fitted.second, arena: site.arena))
            operation.seesOutput = fitted.second == site.prediction
            return operation
        }
        let rows = try ComparedRows(
            target: site.target, prediction: site.prediction, for: Self.className, arena: site.arena)
        var whole = LossSite(target: rows.shape, prediction: rows.shape, arena: site.arena)
        whole.targetRepeats = rows.target.repeats
        whole.predictionRepeats = rows.prediction.repeats
        let operation = try makeOperation(whole)
        operation.seesOutput = rows.target.repeats.count == site.prediction.count
        return rows.areWhole ? operation : try RepeatedLossOperation(operation, rows, site.arena)
    }
}

/// A loss of targets or predictions that are repeated along axes of size 1; what is repeated gets the sum of its
/// copies' gradients.
private final class RepeatedLossOperation: LossOperation {
    private let operation: LossOperation
    private let rows: ComparedRows
    private let gradientOfCopies: UnsafeMutablePointer<Float>

    init(_ operation: LossOperation, _ rows: ComparedRows, _ arena: Arena) throws {
        self.operation = operation
        self.rows = rows
        gradientOfCopies = try arena.take(rows.prediction.isWhole ? 0 : rows.shape.reduce(1, *))
        super.init(valueShape: operation.valueShape, isForWholeBatch: operation.isForWholeBatch)
    }

    override func forward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        values: UnsafeMutablePointer<Float>
    ) {
        let (target, prediction) = self.rows.repeated(target, prediction, rows: rows)
        operation.forward(rows: rows, target: target, prediction: prediction, values: values)
    }

    override func backward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        valueGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
    ) {
        let (target, prediction) = self.rows.repeated(target, prediction, rows: rows)
        let ofCopies = self.rows.prediction.isWhole ? gradient : gradientOfCopies
        operation.backward(
            rows: rows, target: target, prediction: prediction, valueGradient: valueGradient,
            gradient: ofCopies)
        if !self.rows.prediction.isWhole { self.rows.prediction.sum(ofCopies, rows: rows, to: gradient) }
    }

    override var valueMask: UnsafePointer<UInt8>? { operation.valueMask }
}
