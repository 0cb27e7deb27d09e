import Kernels
import Protocol

/// What becomes of a norm: held between two bounds, by `rate` of the way.
struct NormRule {
    let lower: Float
    let upper: Float
    let rate: Float

    /// What weights of a norm are multiplied by.
    func factor(_ norm: Float) -> Float {
        let held = norm.isNaN ? norm : min(max(norm, lower), upper)
        return (rate * held + (1 - rate) * norm) / (Kernels.epsilon + norm)
    }
}

/// The axes of a weight along which its norms are taken.
struct NormAxes {
    let shape: [Int]
    let along: Set<Int>

    /// Throws a `ShapeError` when the weight has not got one of the axes.
    init(_ configuration: Arguments, shape: [Int], name: String) throws {
        self.shape = shape
        let axes = configuration.integers("axis")
        for axis in axes where !(-shape.count..<shape.count).contains(axis) {
            throw ShapeError("\(name) along axis \(axis) does not fit a weight of shape \(Shape(shape)).")
        }
        along = Set(axes.map { $0 < 0 ? $0 + shape.count : $0 })
    }
}

/// Scales the vectors that lie along some axes of a weight so that their norms obey a rule.
///
/// The last axes, as far as they are all along the vectors or all across them, are runs of memory; what is before
/// them is reached by offsets: `starts` across the vectors, `steps` along them.
final class NormOperation: ConstraintOperation {
    private let rule: NormRule
    private let starts: [Int]
    private let steps: [Int]
    private let run: Int
    private let isRunAlong: Bool
    private let norms: UnsafeMutablePointer<Float>

    init(_ rule: NormRule, _ axes: NormAxes) {
        let (shape, along) = (axes.shape, axes.along)
        self.rule = rule
        isRunAlong = along.contains(shape.count - 1)
        var split = shape.count
        while split > 0, along.contains(split - 1) == isRunAlong { split -= 1 }
        run = shape[split...].reduce(1, *)
        var (starts, steps) = ([0], [0])
        var stride = run
        for axis in (0..<split).reversed() {
            let offsets = (0..<shape[axis]).map { $0 * stride }
            if along.contains(axis) {
                steps = offsets.flatMap { offset in steps.map { $0 + offset } }
            } else {
                starts = offsets.flatMap { offset in starts.map { $0 + offset } }
            }
            stride *= shape[axis]
        }
        (self.starts, self.steps) = (starts, steps)
        norms = .allocate(capacity: max(1, run))
    }

    deinit { norms.deallocate() }

    override func apply(_ values: UnsafeMutablePointer<Float>) {
        for start in starts {
            if isRunAlong { scaleOne(values + start) } else { scaleMany(values + start) }
        }
    }

    /// One vector, made of runs.
    private func scaleOne(_ values: UnsafeMutablePointer<Float>) {
        var sum = 0.0
        for step in steps { sum += Kernels.sumOfSquares(values + step, count: run) }
        let factor = rule.factor(Float(sum.squareRoot()))
        for step in steps { Kernels.multiply(values + step, factor, to: values + step, count: run) }
    }

    /// As many vectors as a run has elements.
    private func scaleMany(_ values: UnsafeMutablePointer<Float>) {
        Kernels.fill(norms, count: run, with: 0)
        for step in steps { Kernels.addProduct(values + step, values + step, to: norms, count: run) }
        for index in 0..<run { norms[index] = rule.factor(norms[index].squareRoot()) }
        for step in steps { Kernels.multiply(values + step, norms, to: values + step, count: run) }
    }
}

extension Argument {
    /// The axes along which a constraint takes norms.
    static let normAxis = Argument("axis", .axes, default: 0)
}
