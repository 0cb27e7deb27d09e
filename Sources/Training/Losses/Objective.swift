import Kernels
import Protocol

/// The loss of a batch as one number, and its gradient: values, sample weights, mask and reduction
/// (`reduce_weighted_values` in keras/src/losses/loss.py).
final class Objective {
    private let operation: LossOperation
    private let reduction: LossReduction
    private let values: UnsafeMutablePointer<Float>
    private let factors: UnsafeMutablePointer<Float>
    private let weighting: Weighting?

    /// How weights multiply the values: both are repeated to a common shape.
    private struct Weighting {
        /// Elements of a row of the common shape.
        let count: Int
        /// How often each weight is repeated.
        let repeats: Int
        /// Elements of a row of the mask.
        let maskCount: Int
        let values: RowMap
        let weights: WeightMaps
    }

    init(
        _ loss: any Loss, _ operation: LossOperation, rows: Int, weights shapes: WeightShapes, arena: Arena
    ) throws {
        self.operation = operation
        reduction = loss.reduction
        let count = operation.valueCount(rows: rows)
        values = try arena.take(count)
        factors = try arena.take(count)
        guard var weights = try ValueWeights(shapes) else {
            weighting = nil
            return
        }
        let own = operation.valueShape
        // A value of the whole batch is multiplied by each weight.
        let shape = operation.isForWholeBatch ? weights.shape : weights.fit(to: own)
        guard let whole = ShapeFit.repeated(shape, weights.shape), !operation.isForWholeBatch || count == 1
        else {
            let shown = operation.isForWholeBatch ? Shape(own) : Shape(own).batch(nil)
            throw ValueWeights.misfit(shapes, "the loss's values, whose shape is \(shown)")
        }
        let rowCount = whole.dropFirst().reduce(1, *)
        weighting = Weighting(
            count: rowCount, repeats: rowCount / max(1, weights.shape.dropFirst().reduce(1, *)),
            maskCount: shapes.mask?.dropFirst().reduce(1, *) ?? 1,
            values: try RowMap(shape, to: whole, arena: arena),
            weights: try weights.maps(to: whole, arena: arena))
    }

    /// The weighted and reduced loss of a batch; without a reduction the mean, which Keras's History shows, of what is
    /// summed for the gradient.
    func forward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>, weights: RowWeights
    ) -> Double {
        operation.forward(rows: rows, target: target, prediction: prediction, values: values)
        let count = operation.valueCount(rows: rows)
        let elements = setFactors(rows: rows, count: count, weights)
        var sum = 0.0
        for index in 0..<count { sum += Double(values[index]) * Double(factors[index]) }
        return reduction == .none ? sum / Double(max(1, elements)) : sum
    }

    /// Writes the gradient of the loss that `forward` gave by the predictions.
    func backward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        gradient: UnsafeMutablePointer<Float>
    ) {
        operation.backward(
            rows: rows, target: target, prediction: prediction, valueGradient: factors, gradient: gradient)
    }

    /// Sets what each value is multiplied by before all are summed; gives how many elements the weighted values have.
    private func setFactors(rows: Int, count: Int, _ weights: RowWeights) -> Int {
        var elements = count
        var weightSum = Float(count)
        if let weighting {
            elements = rows * weighting.count
            weightSum = writeWeights(weighting, rows: rows, count: count, weights)
        } else if let mask = operation.valueMask {
            var valid = 0
            for index in 0..<count {
                factors[index] = Float(mask[index])
                valid += Int(mask[index])
            }
            weightSum = Float(valid)
            scaleToValid(valid, of: count, count: count)
        } else {
            Kernels.fill(factors, count: count, with: 1)
        }
        let divisor: Float =
            switch reduction {
            case .sumOverBatchSize, .mean: Float(elements)
            case .meanWithSampleWeight: weightSum
            case .sum, .none: 1
            }
        if divisor != 1 {
            Kernels.multiply(factors, divisor == 0 ? 0 : 1 / divisor, to: factors, count: count)
        }
        return elements
    }

    /// Writes the sum of the weights that each value is multiplied by; gives the sum of all weights.
    private func writeWeights(_ weighting: Weighting, rows: Int, count: Int, _ weights: RowWeights) -> Float {
        Kernels.fill(factors, count: count, with: 0)
        let own = operation.valueMask
        var sum: Float = 0
        for row in 0..<rows {
            for index in 0..<weighting.count {
                let place =
                    operation.isForWholeBatch
                    ? 0 : row * weighting.values.sourceCount + weighting.values[index]
                var weight = weighting.weights.weight(weights, row: row, index: index)
                if let own { weight *= Float(own[place]) }
                factors[place] += weight
                sum += weight
            }
        }
        if let valid = validCount(weighting, rows: rows, count: count, weights) {
            scaleToValid(valid.count, of: valid.total, count: count)
        }
        return sum / Float(weighting.repeats)
    }

    /// How many elements of the predictions' mask and the loss's own count, and of how many; nil without either.
    private func validCount(
        _ weighting: Weighting, rows: Int, count: Int, _ weights: RowWeights
    ) -> (count: Int, total: Int)? {
        let own = operation.valueMask
        guard let mask = weights.mask else {
            guard let own else { return nil }
            var valid = 0
            for index in 0..<count { valid += Int(own[index]) }
            return (valid, count)
        }
        let maskCount = rows * weighting.maskCount
        let total = own == nil ? maskCount : max(count, maskCount)
        var valid = 0
        for index in 0..<total {
            let isValid = own.map { $0[index / max(1, total / count)] } ?? 1
            valid += Int(isValid & mask[index / max(1, total / maskCount)])
        }
        return (valid, total)
    }

    /// What counts weighs more where the mean is to be over that alone.
    private func scaleToValid(_ valid: Int, of total: Int, count: Int) {
        guard reduction == .mean || reduction == .sumOverBatchSize else { return }
        let scale = valid == 0 ? 0 : Float(total) / Float(valid)
        if scale != 1 { Kernels.multiply(factors, scale, to: factors, count: count) }
    }
}
