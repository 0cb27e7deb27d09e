import Kernels
import Protocol

/// `1 - n Σtp / (a Σtp + b Σt + c Σp + ε)`: what Dice and Tversky have in common.
struct Overlap {
    let numerator: Float
    let shared: Float
    let target: Float
    let prediction: Float
}

/// Computes such a loss over some axes, or over all of them.
final class OverlapOperation: LossOperation {
    private let overlap: Overlap
    private let count: Int
    private let rowCount: Int
    /// Where each element's sums are, relative to its row; the row itself adds `groupsPerRow`.
    private let groups: UnsafeMutablePointer<Int32>
    private let groupsPerRow: Int
    private let sums: UnsafeMutablePointer<SIMD3<Double>>

    /// `sumsOwnShapes` says that what is repeated is summed before it is.
    init(
        _ overlap: Overlap, _ configuration: Arguments, _ site: LossSite, name: String, sumsOwnShapes: Bool
    ) throws {
        let shape = site.prediction
        let written = configuration.has("axis") ? configuration.integers("axis") : Array(shape.indices)
        for axis in written where !(-shape.count..<shape.count).contains(axis) {
            throw ShapeError(
                "The axis \(axis) of \(name) is not one of predictions of shape \(Shape(shape).batch(nil)).")
        }
        let axes = Set(written.map { $0 < 0 ? $0 + shape.count : $0 })
        func repeats(_ repeats: [Int]) -> Float {
            repeats.isEmpty || !sumsOwnShapes ? 1 : Float(axes.reduce(1) { $0 * repeats[$1] })
        }
        self.overlap = Overlap(
            numerator: overlap.numerator, shared: overlap.shared,
            target: overlap.target / repeats(site.targetRepeats),
            prediction: overlap.prediction / repeats(site.predictionRepeats))
        let kept = shape.indices.filter { !axes.contains($0) }
        let inRow = kept.filter { $0 > 0 }.map { shape[$0] }
        count = shape.reduce(1, *)
        rowCount = shape.dropFirst().reduce(1, *)
        let groupCount = inRow.reduce(1, *)
        groupsPerRow = axes.contains(0) ? 0 : groupCount
        groups = try site.arena.take(rowCount)
        for element in 0..<rowCount {
            var (rest, group, stride) = (element, 0, 1)
            for axis in shape.indices.dropFirst().reversed() {
                if !axes.contains(axis) {
                    group += rest % shape[axis] * stride
                    stride *= shape[axis]
                }
                rest /= shape[axis]
            }
            groups[element] = Int32(clamping: group)
        }
        sums = try site.arena.take(axes.contains(0) ? groupCount : groupCount * shape[0])
        super.init(valueShape: kept.map { shape[$0] }, isForWholeBatch: axes.contains(0))
    }

    override func forward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        values: UnsafeMutablePointer<Float>
    ) {
        let valueCount = valueCount(rows: rows)
        for index in 0..<valueCount { sums[index] = .zero }
        for row in 0..<rows {
            for element in 0..<rowCount {
                let (t, p) = (target[row * rowCount + element], prediction[row * rowCount + element])
                sums[row * groupsPerRow + Int(groups[element])] += SIMD3(Double(t * p), Double(t), Double(p))
            }
        }
        for index in 0..<valueCount {
            values[index] = Float(1 - Double(overlap.numerator) * sums[index].x / denominator(sums[index]))
        }
    }

    private func denominator(_ sums: SIMD3<Double>) -> Double {
        Double(overlap.shared) * sums.x + Double(overlap.target) * sums.y
            + Double(overlap.prediction) * sums.z + Double(Kernels.epsilon)
    }

    override func backward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        valueGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
    ) {
        for row in 0..<rows {
            for element in 0..<rowCount {
                let group = row * groupsPerRow + Int(groups[element])
                let t = target[row * rowCount + element]
                let below = denominator(sums[group])
                let share = Float(sums[group].x / below)
                let slope = t - share * (overlap.shared * t + overlap.prediction)
                gradient[row * rowCount + element] =
                    -valueGradient[group] * overlap.numerator * slope / Float(below)
            }
        }
    }
}
