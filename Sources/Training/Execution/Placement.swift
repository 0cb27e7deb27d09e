import Protocol

/// A layer put in its place in a plan: the operations that compute it, in order, and the tensor they fill.
package struct Placement {
    package let operations: [Operation]
    package let output: Tensor

    /// Lays out a layer behind `input`; `isPenalized` is whether its activity regularizer counts.
    package init(
        _ layer: any Layer, on input: Tensor, weights: [WeightSlot], states: [WeightSlot], isTraining: Bool,
        isPenalized: Bool = true, stream: UInt32, arena: Arena, scratch: ScratchSpace
    ) throws {
        let shape = Shape(input.shape)
        let regularizer = isPenalized ? layer.activityRegularizer : nil
        if let container = layer as? any ContainerLayer {
            let site = Site(
                input: input, output: input, weights: weights, states: states, isTraining: isTraining,
                stream: stream, arena: arena, scratch: scratch)
            let inner = try container.place(site)
            let penalty = try regularizer.map { try ActivityPenalty($0, on: inner.output) }
            operations = inner.operations + (penalty.map { [$0] } ?? [])
            output = inner.output
            return
        }
        guard let size = try layer.laidOutShape(for: shape).known else {
            throw ShapeError("\(layer.name) cannot tell its output's shape from an input of shape \(shape).")
        }
        let inputMask = input.mask.map { _ in Shape([input.rows, input.maskRowCount]) }
        let rule = try layer.outputMask(for: shape, mask: inputMask)
        let handsOnInput = layer.handsOnInput(isTraining: isTraining)
        let output: Tensor
        if handsOnInput {
            output = input
        } else if layer.isView {
            var keepsMask = false
            if case .pass = rule { keepsMask = true }
            output = input.view(size, keepsMask: keepsMask)
        } else {
            output = try Tensor(
                shape: size, isTraining: isTraining, mask: rule, inputMask: input, arena: arena)
        }
        let site = Site(
            input: input, output: output, weights: weights, states: states, isTraining: isTraining,
            stream: stream, arena: arena, scratch: scratch)
        var operations = handsOnInput || layer.isView ? [] : [try layer.makeOperation(site)]
        if let regularizer {
            operations.append(try ActivityPenalty(regularizer, on: output))
        }
        self.operations = operations
        self.output = output
    }
}

extension Tensor {
    /// A tensor in an arena, with a gradient if the plan trains and a mask if the rule gives one.
    convenience init(
        shape: [Int], isTraining: Bool, mask rule: MaskRule = .none, inputMask: Tensor? = nil, arena: Arena
    ) throws {
        guard let count = shape.checkedProduct else {
            throw Problem(.unprocessable, "An array of shape \(Shape(shape)) does not fit in memory.")
        }
        var mask: UnsafeMutablePointer<UInt8>?
        var maskRowCount = 0
        switch rule {
        case .none: break
        case .pass:
            mask = inputMask?.mask
            maskRowCount = inputMask?.maskRowCount ?? 0
        case .computed(let maskShape):
            maskRowCount = maskShape.withoutBatch.compactMap { $0 }.checkedProduct ?? 0
            mask = try arena.take((shape[0] * maskRowCount), of: UInt8.self)
        }
        self.init(
            shape: shape, values: try arena.take(count), gradient: isTraining ? try arena.take(count) : nil,
            mask: mask, maskRowCount: maskRowCount)
    }
}

/// What a layer's `activity_regularizer` adds to the loss and to the gradient of its output: the mean over samples.
private final class ActivityPenalty: Operation {
    private let penalty: RegularizerOperation
    private let output: Tensor

    init(_ regularizer: any Regularizer, on output: Tensor) throws {
        penalty = try regularizer.makeOperation(shape: output.shape, isBatch: true)
        self.output = output
    }

    override func forward(_ step: Step) {
        step.addedLoss +=
            penalty.value(output.values, count: step.rows * output.rowCount)
            * Double(step.rowsPerSample) / Double(step.rows)
    }

    override func backward(_ step: Step) {
        guard let gradient = output.gradient else { return }
        penalty.addGradient(
            output.values, scale: Float(step.rowsPerSample) / Float(step.rows), to: gradient,
            count: step.rows * output.rowCount)
    }
}
