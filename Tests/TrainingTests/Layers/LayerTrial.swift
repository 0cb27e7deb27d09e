import Foundation
import Protocol
import Testing
import Training

/// One layer laid out by itself, with an input that has a gradient, to be run forward and back at will.
final class LayerTrial {
    let layer: any Layer
    let input: Tensor
    let output: Tensor
    let weights: [WeightSlot]
    let states: [WeightSlot]
    private let operations: [Training.Operation]
    private let arena: Arena
    /// What the passes are told: tests set its seed and iteration.
    let step: Step

    init(_ layer: any Layer, shape: [Int], mask: [UInt8]? = nil, isTraining: Bool = true, threads: Int = 1)
        throws
    {
        self.layer = layer
        let arena = try Arena(limit: 1 << 28)
        self.arena = arena
        let count = shape.reduce(1, *)
        var maskPlace: UnsafeMutablePointer<UInt8>?
        if let mask {
            let place: UnsafeMutablePointer<UInt8> = try arena.take(mask.count)
            place.update(from: mask, count: mask.count)
            maskPlace = place
        }
        input = Tensor(
            shape: shape, values: try arena.take(count), gradient: try arena.take(count), mask: maskPlace,
            maskRowCount: (mask?.count ?? 0) / shape[0])
        let descriptions = try layer.weights(for: Shape(shape))
        var generator = TestRandom(state: 7)
        weights = try descriptions.map { description in
            let count = description.shape.reduce(1, *)
            let values: UnsafeMutablePointer<Float> = try arena.take(count)
            for index in 0..<count { values[index] = Float(generator.normal() * 0.5) }
            if description.path.hasSuffix("variance") {
                for index in 0..<count { values[index] = abs(values[index]) + 0.5 }
            }
            return WeightSlot(
                shape: description.shape, values: values,
                gradient: description.isTrainable ? try arena.take(count) : nil)
        }
        states = try layer.states(for: Shape(shape)).map {
            WeightSlot(
                shape: $0.shape, values: try arena.take($0.shape.reduce(1, *)), gradient: nil)
        }
        let scratch = ScratchSpace(threads: threads)
        let placement = try Placement(
            layer, on: input, weights: weights, states: states, isTraining: isTraining, stream: 3,
            arena: arena, scratch: scratch)
        try scratch.take(from: arena)
        operations = placement.operations
        output = placement.output
        step = Step(team: ThreadTeam(threads: threads))
        step.seed = 11
        step.iteration = 5
        step.isTraining = isTraining
    }

    /// Elements of the output that a batch of `rows` has.
    func outputCount(rows: Int) -> Int { rows * output.rowCount }

    /// Runs the layer on a batch and gives what comes out. What must live from batch to batch begins anew.
    func forward(_ x: [Float], rows: Int) -> [Float] {
        // What lies behind the batch must not matter.
        for index in 0..<input.count { input.values[index] = .nan }
        for (index, value) in x.prefix(rows * input.rowCount).enumerated() { input.values[index] = value }
        for state in states { state.values.update(repeating: 0, count: state.count) }
        step.rows = rows
        for operation in operations { operation.forward(step) }
        return Array(UnsafeBufferPointer(start: output.values, count: outputCount(rows: rows)))
    }

    /// Runs the layer forward and back on what stands in the buffers, as a step of a fit does.
    func pass() {
        for operation in operations { operation.forward(step) }
        for operation in operations.reversed() { operation.backward(step) }
    }

    /// Runs back from a gradient of the output: the gradients of the input and of the weights.
    func backward(_ gradient: [Float]) -> (input: [Float], weights: [[Float]]) {
        guard let place = output.gradient, let inputGradient = input.gradient else { return ([], []) }
        for index in 0..<output.count { place[index] = .nan }
        for (index, value) in gradient.enumerated() { place[index] = value }
        for operation in operations.reversed() { operation.backward(step) }
        return (
            Array(UnsafeBufferPointer(start: inputGradient, count: step.rows * input.rowCount)),
            weights.map { slot in
                slot.gradient.map { Array(UnsafeBufferPointer(start: $0, count: slot.count)) } ?? []
            }
        )
    }
}

/// Random numbers of a test's own.
struct TestRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    mutating func normal() -> Double {
        (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform())
    }
}
