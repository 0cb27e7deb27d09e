import Kernels
import Protocol

/// A layer applied to every step of its input, with the same weights (keras/src/layers/rnn/time_distributed.py).
///
/// Input `[batch, steps, …]`, output `[batch, steps] + ` what the layer makes of the rest. Throws for inputs of fewer
/// than three dimensions and for stateful layers. As in Keras, the inner layer's own `activity_regularizer` and a
/// `trainable` of the wrapper's are without effect.
struct TimeDistributed: ContainerLayer {
    static let className = "TimeDistributed"
    static let arguments: [Argument] =
        Argument.layer + [Argument("layer", .layer)] + Argument.layerBehaviour

    let configuration: Arguments
    private let layer: any Layer

    init(_ arguments: Arguments) throws {
        configuration = arguments
        guard let layer = arguments.layer("layer") else {
            throw ArgumentError("layer", "TimeDistributed needs a layer to apply to every step.")
        }
        self.layer = layer
    }

    private func stepShape(_ input: Shape) throws -> Shape {
        guard input.rank >= 3 else {
            throw ShapeError(
                "\(name) takes inputs of at least 3 dimensions with the batch, but its input has shape \(input)."
            )
        }
        return Shape([input[0]] + input.dimensions.dropFirst(2))
    }

    func weights(for input: Shape) throws -> [WeightDescription] {
        try layer.listedWeights(for: stepShape(input))
    }

    var freezesWeights: Bool { false }

    func outputShape(for input: Shape) throws -> Shape {
        let step = try stepShape(input)
        guard try layer.states(for: step.batch(1)).isEmpty else {
            throw ShapeError(
                "\(layer.name) is stateful, and each step of \(name) would need a state of its own.")
        }
        let output = try layer.outputShape(for: step)
        return Shape([output[0], input[1]] + output.dimensions.dropFirst())
    }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule { .pass }

    func mixesSamples(isTraining: Bool) -> Bool { layer.mixesSamples(isTraining: isTraining) }

    func place(_ site: Site) throws -> (operations: [Operation], output: Tensor) {
        if layer.mixesSamples(isTraining: site.isTraining) {
            let operation = try StepwiseOperation(layer, site)
            return ([operation], operation.output)
        }
        let (input, steps) = (site.input, site.input.shape[1])
        // A mask of more than the steps goes on to the layer; one of the steps alone says nothing inside a step.
        let hasInner = input.maskRowCount > steps
        let rows = input.view(
            [input.rows * steps] + input.shape.dropFirst(2), mask: hasInner ? input.mask : nil,
            maskRowCount: hasInner ? input.maskRowCount / steps : 0)
        let inner = try site.place(
            layer, on: rows, weights: site.weights.indices, isPenalized: false, stream: 0)
        let output = inner.output.view(
            [input.rows, steps] + inner.output.shape.dropFirst(), mask: input.mask,
            maskRowCount: input.maskRowCount)
        return ([StepsAsRows(inner.operations, steps: steps)], output)
    }
}

/// Operations that see each step of a sequence as a row of the batch.
private final class StepsAsRows: Operation {
    private let inner: Chain
    private let steps: Int

    init(_ operations: [Operation], steps: Int) {
        inner = Chain(operations)
        self.steps = steps
    }

    override func forward(_ step: Step) {
        let rows = step.rows
        step.rows = rows * steps
        step.rowsPerSample *= steps
        inner.forward(step)
        step.rowsPerSample /= steps
        step.rows = rows
    }

    override func backward(_ step: Step) {
        let rows = step.rows
        step.rows = rows * steps
        step.rowsPerSample *= steps
        inner.backward(step)
        step.rowsPerSample /= steps
        step.rows = rows
    }
}

/// A layer run on one step after the other, for those that look at the batch as a whole.
private final class StepwiseOperation: Operation {
    let output: Tensor
    private let input: Tensor
    private let parts: [(input: Tensor, operations: Chain, output: Tensor)]
    private let weights: [WeightSlot]
    private let sums: [UnsafeMutablePointer<Float>]

    init(_ layer: any Layer, _ site: Site) throws {
        input = site.input
        let steps = site.input.shape[1]
        let shape = [site.input.rows] + site.input.shape.dropFirst(2)
        var parts: [(Tensor, Chain, Tensor)] = []
        let count = site.input.mask == nil ? 0 : site.input.maskRowCount / steps
        for _ in 0..<steps {
            let mask: UnsafeMutablePointer<UInt8>? =
                count == 0 ? nil : try site.buffer(shape[0] * count, of: UInt8.self)
            let tensor = try site.tensor(shape).view(shape, mask: mask, maskRowCount: count)
            let inner = try site.place(
                layer, on: tensor, weights: site.weights.indices, isPenalized: false, stream: 0)
            parts.append((tensor, Chain(inner.operations), inner.output))
        }
        self.parts = parts
        let outputShape = parts.first?.2.shape ?? shape
        output = try site.tensor([outputShape[0], steps] + outputShape.dropFirst())
            .view(
                [outputShape[0], steps] + outputShape.dropFirst(), mask: site.input.mask,
                maskRowCount: site.input.maskRowCount)
        weights = site.weights
        sums = try site.weights.map { try site.buffer($0.gradient == nil ? 0 : $0.count) }
    }

    private func copyMask(_ part: Tensor, at index: Int, rows: Int) {
        guard let source = input.mask, let target = part.mask else { return }
        let count = part.maskRowCount
        for row in 0..<rows {
            (target + row * count).update(from: source + (row * parts.count + index) * count, count: count)
        }
    }

    override func forward(_ step: Step) {
        for (index, part) in parts.enumerated() {
            copyMask(part.input, at: index, rows: step.rows)
            Self.copyStep(
                from: input.values, part.input, index, parts.count, to: part.input.values, step.rows)
            part.operations.forward(step)
            Self.copyStep(
                back: part.output.values, part.output, index, parts.count, to: output.values, step.rows)
        }
    }

    override func backward(_ step: Step) {
        guard let outputGradient = output.gradient else { return }
        for (slot, sum) in zip(weights, sums) where slot.gradient != nil {
            Kernels.fill(sum, count: slot.count, with: 0)
        }
        for (index, part) in parts.enumerated() {
            guard let gradient = part.output.gradient, let inputGradient = part.input.gradient else {
                continue
            }
            Self.copyStep(from: outputGradient, part.output, index, parts.count, to: gradient, step.rows)
            part.operations.backward(step)
            if let target = input.gradient {
                Self.copyStep(back: inputGradient, part.input, index, parts.count, to: target, step.rows)
            }
            for (slot, sum) in zip(weights, sums) {
                if let gradient = slot.gradient { Kernels.add(sum, gradient, to: sum, count: slot.count) }
            }
        }
        for (slot, sum) in zip(weights, sums) {
            if let gradient = slot.gradient { Kernels.copy(sum, to: gradient, count: slot.count) }
        }
    }

    private static func copyStep(
        from source: UnsafePointer<Float>, _ part: Tensor, _ index: Int, _ steps: Int,
        to target: UnsafeMutablePointer<Float>, _ rows: Int
    ) {
        let count = part.rowCount
        for row in 0..<rows {
            Kernels.copy(source + (row * steps + index) * count, to: target + row * count, count: count)
        }
    }

    private static func copyStep(
        back source: UnsafePointer<Float>, _ part: Tensor, _ index: Int, _ steps: Int,
        to target: UnsafeMutablePointer<Float>, _ rows: Int
    ) {
        let count = part.rowCount
        for row in 0..<rows {
            Kernels.copy(source + row * count, to: target + (row * steps + index) * count, count: count)
        }
    }
}
