import Kernels
import Protocol

/// Shapes of what a batch's values are weighted with, the most rows first.
package struct WeightShapes {
    /// The sample weights' shape; nil when all weigh 1.
    package var sampleWeight: [Int]?
    /// The shape of the predictions' mask; nil when nothing is masked.
    package var mask: [Int]?

    package init(sampleWeight: [Int]? = nil, mask: [Int]? = nil) {
        self.sampleWeight = sampleWeight
        self.mask = mask
    }

    /// Whether nothing is weighted.
    var isEmpty: Bool { sampleWeight == nil && mask == nil }
}

/// Sample weights and mask of a batch as one weight for each element of a common shape
/// (`apply_mask` in keras/src/losses/loss.py).
struct ValueWeights {
    /// The shape of both together, and of each once it has its rank.
    private(set) var shape: [Int]
    private var sampleWeight: [Int]?
    private var mask: [Int]?

    /// Nil when nothing is weighted; throws a problem when the weights do not fit the mask.
    init?(_ shapes: WeightShapes) throws {
        guard !shapes.isEmpty else { return nil }
        (sampleWeight, mask) = (shapes.sampleWeight, shapes.mask)
        shape = shapes.sampleWeight ?? shapes.mask ?? []
        guard let weight = shapes.sampleWeight, let masked = shapes.mask else { return }
        let fitted = ShapeFit.sameRank(masked, Self.spread(weight, rank: masked.count))
        guard let common = ShapeFit.repeated(fitted.first, fitted.second) else {
            throw Self.misfit(shapes, "the output's mask of shape \(Shape(masked).batch(nil))")
        }
        (shape, mask, sampleWeight) = (common, fitted.first, fitted.second)
    }

    /// A weight for a batch of one sample goes with each of its values, as NumPy repeats it.
    private static func spread(_ weight: [Int], rank: Int) -> [Int] {
        weight == [1] && rank > 1 ? Array(repeating: 1, count: rank) : weight
    }

    /// The weights' rank brought to that of values, which may change theirs: the values' shape then.
    mutating func fit(to values: [Int]) -> [Int] {
        if shape == [1], values.count > 1, values[0] == 1 { resize(to: values.count) }
        let fitted = ShapeFit.sameRank(values, shape)
        resize(to: fitted.second.count)
        return fitted.first
    }

    /// Adds axes of size 1, or takes such away, at the end.
    mutating func resize(to rank: Int) {
        func resized(_ shape: [Int]) -> [Int] {
            rank < shape.count
                ? Array(shape.prefix(rank)) : shape + Array(repeating: 1, count: rank - shape.count)
        }
        shape = resized(shape)
        sampleWeight = sampleWeight.map(resized)
        mask = mask.map(resized)
    }

    /// What is said of weights that do not fit.
    static func misfit(_ shapes: WeightShapes, _ what: String) -> any Error {
        guard let weight = shapes.sampleWeight else {
            return ShapeError(
                "The mask of the model's output, of shape \(Shape(shapes.mask ?? []).batch(nil)), does not fit \(what); give the targets the output's rank."
            )
        }
        let hint = weight.count == 1 ? " To weigh whole samples, give it a last axis of size 1." : ""
        return Problem.fault(
            JSONPointer.root.appending("sample_weight"),
            "sample_weight has shape \(Shape(weight).batch(nil)), which does not fit \(what).\(hint)")
    }

    /// Where the weights of each element of rows of `whole` stand; throws a problem when they do not fit it.
    func maps(to whole: [Int], arena: Arena) throws -> WeightMaps {
        WeightMaps(
            sampleWeight: try sampleWeight.map { try RowMap($0, to: whole, arena: arena) },
            mask: try mask.map { try RowMap($0, to: whole, arena: arena) })
    }
}

/// Where the weight and the mask of each element of a row stand.
struct WeightMaps {
    let sampleWeight: RowMap?
    let mask: RowMap?

    /// The weight of element `index` of row `row`.
    @inline(__always)
    func weight(_ weights: RowWeights, row: Int, index: Int) -> Float {
        var weight: Float = 1
        if let sampleWeight, let values = weights.values {
            weight = values[row * sampleWeight.sourceCount + sampleWeight[index]]
        }
        if let mask, let bytes = weights.mask {
            weight *= Float(bytes[row * mask.sourceCount + mask[index]])
        }
        return weight
    }
}

/// Weights of a batch's samples, or of their steps, and the mask of the predictions.
package struct RowWeights {
    /// The weights; nil when all are 1.
    package var values: UnsafePointer<Float>?
    /// The mask; nil when nothing is masked.
    package var mask: UnsafePointer<UInt8>?

    package init() {}
}
