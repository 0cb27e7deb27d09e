import Kernels
import Protocol

/// Runs the two layers of a `Bidirectional` and joins what they give.
final class BidirectionalOperation: Operation {
    private let input: Tensor
    private let output: Tensor
    private let forward: Placement
    private let backward: Placement
    private let mode: Bidirectional.MergeMode
    /// Steps of the output; 1 where only the last is given.
    private let steps: Int
    /// Places of a step; 1 unless the layers run over images.
    private let positions: Int
    private let units: (forward: Int, backward: Int)
    /// The input's gradient from the backward layer.
    private let otherGradient: UnsafeMutablePointer<Float>?

    init(_ layer: Bidirectional, _ site: Site) throws {
        input = site.input
        output = site.output
        mode = layer.mode
        let shape = Shape(site.input.shape)
        let weights = try layer.forward.weights(for: shape).count
        let states = try layer.forward.states(for: shape).count
        otherGradient = site.input.gradient == nil ? nil : try site.buffer(site.input.count)
        forward = try site.place(
            layer.forward, on: site.input, weights: 0..<weights, states: 0..<states, stream: 0)
        backward = try site.place(
            layer.backward, on: site.input.view(gradient: otherGradient),
            weights: weights..<site.weights.count, states: states..<site.states.count, stream: 1)
        let outputs = (forward.output.shape, backward.output.shape)
        steps = layer.forward.returnsSequences ? outputs.0[1] : 1
        positions = outputs.0.dropFirst(layer.forward.returnsSequences ? 2 : 1).dropLast().reduce(1, *)
        units = (outputs.0[outputs.0.count - 1], outputs.1[outputs.1.count - 1])
    }

    override func forward(_ step: Step) {
        for operation in forward.operations { operation.forward(step) }
        for operation in backward.operations { operation.forward(step) }
        forEachPlace(rows: step.rows) { merge($0, $1) }
    }

    /// Visits the places of the forward layer's output with those of the backward layer that saw the same input.
    private func forEachPlace(rows: Int, _ body: (Int, Int) -> Void) {
        for row in 0..<rows {
            for index in 0..<steps {
                for position in 0..<positions {
                    body(
                        (row * steps + index) * positions + position,
                        (row * steps + steps - 1 - index) * positions + position)
                }
            }
        }
    }

    /// Joins a step of the forward layer with the one of the backward layer that saw the same input.
    private func merge(_ index: Int, _ other: Int) {
        let y = output.values + index * (mode == .concat ? units.forward + units.backward : units.forward)
        let (a, b) = (
            forward.output.values + index * units.forward, backward.output.values + other * units.backward
        )
        switch mode {
        case .concat:
            Kernels.copy(a, to: y, count: units.forward)
            Kernels.copy(b, to: y + units.forward, count: units.backward)
        case .sum: Kernels.add(a, b, to: y, count: units.forward)
        case .mul: Kernels.multiply(a, b, to: y, count: units.forward)
        case .ave:
            Kernels.add(a, b, to: y, count: units.forward)
            Kernels.multiply(y, 0.5, to: y, count: units.forward)
        }
    }

    override func backward(_ step: Step) {
        guard let gradient = output.gradient, let first = forward.output.gradient,
            let second = backward.output.gradient
        else { return }
        forEachPlace(rows: step.rows) { split(gradient, first, second, $0, $1) }
        for operation in forward.operations.reversed() { operation.backward(step) }
        for operation in backward.operations.reversed() { operation.backward(step) }
        if let target = input.gradient, let otherGradient {
            Kernels.add(target, otherGradient, to: target, count: step.rows * input.rowCount)
        }
    }

    private func split(
        _ gradient: UnsafePointer<Float>, _ first: UnsafeMutablePointer<Float>,
        _ second: UnsafeMutablePointer<Float>, _ index: Int, _ other: Int
    ) {
        let dy = gradient + index * (mode == .concat ? units.forward + units.backward : units.forward)
        let (da, db) = (first + index * units.forward, second + other * units.backward)
        switch mode {
        case .concat:
            Kernels.copy(dy, to: da, count: units.forward)
            Kernels.copy(dy + units.forward, to: db, count: units.backward)
        case .sum:
            Kernels.copy(dy, to: da, count: units.forward)
            Kernels.copy(dy, to: db, count: units.forward)
        case .mul:
            Kernels.multiply(
                dy, backward.output.values + other * units.backward, to: da, count: units.forward)
            Kernels.multiply(dy, forward.output.values + index * units.forward, to: db, count: units.forward)
        case .ave:
            Kernels.multiply(dy, 0.5, to: da, count: units.forward)
            Kernels.multiply(dy, 0.5, to: db, count: units.forward)
        }
    }
}
