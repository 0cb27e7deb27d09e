import Kernels
import Protocol

/// How whole numbers below a limit are encoded (keras/src/utils/numerical_utils.py).
enum CategoricalEncoding: String, CaseIterable {
    /// As they are.
    case int
    /// Each by a row with a one in its place; a last axis of size 1 is left out.
    case oneHot = "one_hot"
    /// Those of axis 1 together by a row with a one for each that is there.
    case multiHot = "multi_hot"
    /// Those of axis 1 together by how often each is there.
    case count

    /// The shape of the encoding of an input, `depth` numbers for each row.
    func outputShape(for input: Shape, depth: Int, name: String) throws -> Shape {
        switch self {
        case .int: return input
        case .oneHot:
            let kept =
                input.rank > 1 && input[-1] == 1 ? Array(input.dimensions.dropLast()) : input.dimensions
            return Shape(kept + [depth])
        case .multiHot, .count:
            guard input.rank >= 2 else {
                throw ShapeError(
                    "\(name) puts the numbers of a sample together, but its input of shape \(input) has one each; take one_hot."
                )
            }
            return Shape([input[0]] + input.dimensions.dropFirst(2) + [depth])
        }
    }
}

/// Encodes whole numbers that `index` finds for the input's elements. No gradient flows back.
final class CategoricalOperation: Operation {
    private let input: Tensor
    private let output: Tensor
    private let encoding: CategoricalEncoding
    private let depth: Int
    /// Elements that are put together, and how far they stand apart.
    private let group: Int
    private let stride: Int
    /// Boundaries between the numbers; nil when the elements are the numbers.
    private let boundaries: [Float]?

    init(_ encoding: CategoricalEncoding, depth: Int, boundaries: [Float]? = nil, _ site: Site) {
        input = site.input
        output = site.output
        self.encoding = encoding
        self.depth = depth
        self.boundaries = boundaries
        let isGrouped = encoding == .multiHot || encoding == .count
        group = isGrouped ? site.input.shape[1] : 1
        stride = isGrouped ? site.input.shape.dropFirst(2).reduce(1, *) : 1
    }

    private func index(_ value: Float) -> Int {
        guard let boundaries else { return abs(value) < 0x1p31 ? Int(value) : -1 }
        return boundaries.withUnsafeBufferPointer { boundaries in
            var (low, high) = (0, boundaries.count)
            while low < high {
                let middle = (low + high) / 2
                if boundaries[middle] <= value { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    override func forward(_ step: Step) {
        let count = step.rows * input.rowCount
        if encoding == .int {
            for place in 0..<count { output.values[place] = Float(index(input.values[place])) }
            return
        }
        Kernels.fill(output.values, count: step.rows * output.rowCount, with: 0)
        for place in 0..<count {
            let category = index(input.values[place])
            guard category >= 0, category < depth else { continue }
            let (block, rest) = place.quotientAndRemainder(dividingBy: group * stride)
            let target = output.values + (block * stride + rest % stride) * depth + category
            target.pointee = encoding == .count ? target.pointee + 1 : 1
        }
    }

    override func backward(_ step: Step) {
        if let gradient = input.gradient {
            Kernels.fill(gradient, count: step.rows * input.rowCount, with: 0)
        }
    }
}
