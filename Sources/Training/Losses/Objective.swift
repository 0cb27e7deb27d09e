import Kernels
import Protocol

/// The loss of a batch as one number, and its gradient: values, sample weights, mask and reduction
/// (`reduce_weighted_values` in keras/src/losses/loss.py).
final class Objective {
    private let operation: LossOperation
    private let reduction: LossReduction
    private let values: UnsafeMutablePointer<Float>
    private let factors: UnsafeMutablePointer<Float>

    init(_ loss: any Loss, _ operation: LossOperation, rows: Int, arena: Arena) throws {
        self.operation = operation
        reduction = loss.reduction
        let count = operation.valueCount(rows: rows)
        values = try arena.take(count)
        factors = try arena.take(count)
    }

    /// The weighted and reduced loss of a batch.
    ///
    /// Weights and mask each have a number of elements a row that divides the values' or is divided by it.
    func forward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>, weights: RowWeights
    ) -> Double {
        operation.forward(rows: rows, target: target, prediction: prediction, values: values)
        let count = operation.valueCount(rows: rows)
        setFactors(rows: rows, count: count, weights)
        var sum = 0.0
        for index in 0..<count { sum += Double(values[index]) * Double(factors[index]) }
        return sum
    }

    /// Writes the gradient of the loss that `forward` gave by the predictions.
    func backward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        gradient: UnsafeMutablePointer<Float>
    ) {
        operation.backward(
            rows: rows, target: target, prediction: prediction, valueGradient: factors, gradient: gradient)
    }

    /// What each value is multiplied by before all are summed.
    private func setFactors(rows: Int, count: Int, _ weights: RowWeights) {
        Kernels.fill(factors, count: count, with: 1)
        if operation.isForWholeBatch {
            factors[0] = batchFactor(rows: rows, weights)
            for index in 1..<max(1, count) { factors[index] = factors[0] }
        } else {
            applyMasks(rows: rows, count: count, weights)
            if let sampleWeights = weights.values {
                let weightCount = rows * weights.rowCount
                for index in 0..<count {
                    factors[index] *= sampleWeights[RowWeights.index(index, of: count, in: weightCount)]
                }
            }
        }
        let divisor = divisor(count: count, weights)
        if divisor != 1 {
            Kernels.multiply(factors, divisor == 0 ? 0 : 1 / divisor, to: factors, count: count)
        }
    }

    /// The predictions' mask and the loss's own: what counts weighs more where the mean is to be over that alone.
    private func applyMasks(rows: Int, count: Int, _ weights: RowWeights) {
        let own = operation.valueMask
        guard weights.mask != nil || own != nil else { return }
        let maskCount = weights.mask == nil ? count : rows * weights.maskRowCount
        let total = own == nil ? maskCount : max(count, maskCount)
        var valid = 0
        for index in 0..<total {
            var isValid: UInt8 = own.map { $0[RowWeights.index(index, of: total, in: count)] } ?? 1
            if let mask = weights.mask { isValid &= mask[RowWeights.index(index, of: total, in: maskCount)] }
            valid += Int(isValid)
        }
        var scale: Float = 1
        if reduction == .mean || reduction == .sumOverBatchSize {
            scale = valid == 0 ? 0 : Float(total) / Float(valid)
        }
        for index in 0..<count {
            var isValid = own.map { $0[index] } ?? 1
            if let mask = weights.mask { isValid &= mask[RowWeights.index(index, of: count, in: maskCount)] }
            factors[index] = isValid == 0 ? 0 : scale
        }
    }

    /// What sample weights make of a value that is the whole batch's: Keras gives it to each sample.
    private func batchFactor(rows: Int, _ weights: RowWeights) -> Float {
        guard let sampleWeights = weights.values, reduction != .meanWithSampleWeight else { return 1 }
        let weightCount = rows * weights.rowCount
        var sum: Float = 0
        for index in 0..<weightCount { sum += sampleWeights[index] }
        return reduction == .sum || reduction == .none ? sum : sum / Float(weightCount)
    }

    private func divisor(count: Int, _ weights: RowWeights) -> Float {
        switch reduction {
        case .sumOverBatchSize, .mean: return Float(count)
        case .meanWithSampleWeight:
            guard weights.values != nil || weights.mask != nil || operation.valueMask != nil else {
                return Float(count)
            }
            var sum: Float = 0
            for index in 0..<count { sum += factors[index] }
            return sum
        case .sum, .none: return 1
        }
    }
}

/// Weights of a batch's samples, or of their steps, and the mask of the predictions.
package struct RowWeights {
    /// The weights, `rowCount` for each row; nil when all are 1.
    package var values: UnsafePointer<Float>?
    package var rowCount = 1
    /// The mask, `maskRowCount` for each row; nil when nothing is masked.
    package var mask: UnsafePointer<UInt8>?
    package var maskRowCount = 1

    package init() {}

    /// Where the weight of value `index` of `count` stands among `weightCount` weights: either stands for a run of
    /// the other.
    @inline(__always)
    package static func index(_ index: Int, of count: Int, in weightCount: Int) -> Int {
        if count == weightCount { return index }
        return count > weightCount ? index / (count / weightCount) : index * (weightCount / count)
    }
}
