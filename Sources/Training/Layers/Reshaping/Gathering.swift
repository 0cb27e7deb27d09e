import Kernels
import Protocol

/// A layer whose output holds runs of its input's elements in other places; runs may be left out, repeated, or
/// filled with zeros.
protocol GatheringLayer: Layer {
    /// For an input without the batch: how many trailing axes move as a whole, and where the others come from.
    func gathering(for input: [Int]) throws -> Gathering
}

/// Where each run of the output stands in the input.
struct Gathering {
    /// Floats of a run.
    let run: Int
    /// For each run of the output the run of the input, or -1 for zeros.
    let indices: [Int32]

    /// Runs over the output's axes before the `trailing` last, each of which `source` finds in the input.
    ///
    /// - Parameters:
    ///   - input: the input's sizes without the batch.
    ///   - output: the output's sizes without the batch; its trailing axes are the input's.
    ///   - source: the input's position for one of the output; nil for zeros.
    init(from input: [Int], to output: [Int], trailing: Int, source: ([Int]) -> [Int]?) throws {
        run = input.suffix(trailing).reduce(1, *)
        let sizes = Array(output.dropLast(trailing))
        let inputSizes = Array(input.dropLast(trailing))
        guard let count = sizes.checkedProduct, count <= Int(Int32.max),
            let inputCount = inputSizes.checkedProduct, inputCount <= Int(Int32.max)
        else { throw ShapeError("An array of shape \(Shape(output)) is too large to rearrange.") }
        var indices: [Int32] = []
        indices.reserveCapacity(count)
        var position = [Int](repeating: 0, count: sizes.count)
        for _ in 0..<count {
            var index: Int32 = -1
            if let place = source(position) {
                index = Int32(zip(place, inputSizes).reduce(0) { $0 * $1.1 + $1.0 })
            }
            indices.append(index)
            Self.advance(&position, in: sizes)
        }
        self.indices = indices
    }

    private static func advance(_ position: inout [Int], in sizes: [Int]) {
        for axis in sizes.indices.reversed() {
            position[axis] += 1
            if position[axis] < sizes[axis] { return }
            position[axis] = 0
        }
    }
}

extension GatheringLayer {
    func makeOperation(_ site: Site) throws -> Operation {
        try GatheringOperation(gathering(for: Array(site.input.shape.dropFirst())), site)
    }
}

/// Moves runs forward, and their gradients back.
final class GatheringOperation: Operation {
    private let input: Tensor
    private let output: Tensor
    private let indices: UnsafeMutablePointer<Int32>
    private let count: Int
    private let run: Int

    init(_ gathering: Gathering, _ site: Site) throws {
        input = site.input
        output = site.output
        run = gathering.run
        count = gathering.indices.count
        indices = try site.buffer(count, of: Int32.self)
        for (index, place) in gathering.indices.enumerated() { indices[index] = place }
    }

    override func forward(_ step: Step) {
        Kernels.gatherRuns(
            input.values, rowStride: input.rowCount, indices: indices, count: count, run: run,
            to: output.values, rows: step.rows)
    }

    override func backward(_ step: Step) {
        guard let gradient = input.gradient, let outputGradient = output.gradient else { return }
        Kernels.fill(gradient, count: step.rows * input.rowCount, with: 0)
        Kernels.scatterRuns(
            outputGradient, indices: indices, count: count, run: run, to: gradient,
            rowStride: input.rowCount, rows: step.rows)
    }
}
