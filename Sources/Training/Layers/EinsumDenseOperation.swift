import Kernels
import Protocol

/// An einsum of input and kernel as matrix products: the axes of either are brought into the order that products
/// take, unless they stand in it already.
final class EinsumDenseOperation: Operation {
    private let input: Tensor
    private let output: Tensor
    private let kernel: WeightSlot
    private let bias: WeightSlot?
    private let activation: ActivationRun
    /// Input as `[shared, batch, free, summed]`, kernel as `[shared, summed, own]`, output as `[shared, batch, free, own]`.
    private let inputOrder: AxisOrder
    private let kernelOrder: AxisOrder
    private let outputOrder: AxisOrder
    private let shared: Int
    private let free: Int
    private let summed: Int
    private let own: Int
    private let turnedInput: UnsafeMutablePointer<Float>
    private let turnedKernel: UnsafeMutablePointer<Float>
    private let turnedOutput: UnsafeMutablePointer<Float>
    private let turnedGradient: UnsafeMutablePointer<Float>
    private let kernelGradient: UnsafeMutablePointer<Float>
    private let beforeActivation: UnsafeMutablePointer<Float>
    private let innerGradient: UnsafeMutablePointer<Float>
    private let biasPlaces: BroadcastPlaces?
    private let sample: Int
    private let columns: Int
    private let product: Product

    init(_ layer: EinsumDense, activation: Activation, _ site: Site) throws {
        let equation = try layer.equation(Shape(site.input.shape))
        guard let outputShape = equation.outputShape.batch(site.input.rows).known else {
            throw ShapeError("\(layer.name) has to know the sizes of its output.")
        }
        input = site.input
        output = site.output
        kernel = site.weights[0]
        bias = equation.biasShape == nil ? nil : site.weights[1]
        self.activation = try ActivationRun(
            activation, sample: Array(outputShape.dropFirst()), rows: site.input.rows,
            site)
        let (x, w, y) = (equation.input, equation.kernel, equation.output)
        let sharedAxes = w.filter { x.contains($0) && y.contains($0) }
        let freeAxes = x.filter { y.contains($0) && !w.contains($0) }
        let summedAxes = w.filter { x.contains($0) && !y.contains($0) }
        let ownAxes = w.filter { y.contains($0) && !x.contains($0) }
        func order(_ letters: [Character], _ shape: [Int], _ wanted: [Character]) -> AxisOrder {
            AxisOrder(shape, wanted.compactMap { letters.firstIndex(of: $0) })
        }
        inputOrder = order(x, site.input.shape, sharedAxes + freeAxes + summedAxes)
        kernelOrder = order(w, equation.kernelShape, sharedAxes + summedAxes + ownAxes)
        outputOrder = order(y, outputShape, sharedAxes + freeAxes + ownAxes)
        let sizes = Dictionary(
            zip(x + w, site.input.shape + equation.kernelShape), uniquingKeysWith: { first, _ in first })
        func count(_ letters: [Character]) -> Int { letters.reduce(1) { $0 * (sizes[$1] ?? 1) } }
        shared = count(sharedAxes)
        free = count(Array(freeAxes.dropFirst()))
        summed = count(summedAxes)
        own = count(ownAxes)
        sample = outputShape.dropFirst().reduce(1, *)
        columns = outputShape[outputShape.count - 1]
        let trains = site.isTraining
        turnedInput = try site.buffer(inputOrder.isInOrder ? 0 : site.input.count)
        turnedKernel = try site.buffer(kernelOrder.isInOrder ? 0 : kernel.count)
        kernelGradient = try site.buffer(kernelOrder.isInOrder ? 0 : kernel.count)
        turnedOutput = try site.buffer(outputOrder.isInOrder ? 0 : site.input.rows * sample)
        turnedGradient = try site.buffer(inputOrder.isInOrder || !trains ? 0 : site.input.count)
        beforeActivation =
            activation.isLinear ? site.output.values : try site.buffer(site.input.rows * sample)
        innerGradient = try site.buffer(activation.isLinear || !trains ? 0 : site.input.rows * sample)
        biasPlaces = try equation.biasShape.map { shape in
            let padded = Array(repeating: 1, count: outputShape.count - 1 - shape.count) + shape
            return try BroadcastPlaces(of: padded, over: Array(outputShape.dropFirst()), site)
        }
        product = Product(site)
        product.reserve(rows: site.input.rows * free, inner: summed, columns: own)
    }

    /// What stands before the activation of the output's order.
    override func forward(_ step: Step) {
        let rows = step.rows * free
        let x = turned(input.values, inputOrder, turnedInput, step.rows)
        let w = turned(kernel.values, kernelOrder, turnedKernel, kernel.shape.first ?? 1)
        let y = outputOrder.isInOrder ? beforeActivation : turnedOutput
        for index in 0..<shared {
            product.multiply(
                x + index * rows * summed, w + index * summed * own, to: y + index * rows * own, rows: rows,
                inner: summed, columns: own, step.team)
        }
        if !outputOrder.isInOrder { outputOrder.turnBack(y, rows: step.rows, to: beforeActivation) }
        if let bias, let biasPlaces {
            for row in 0..<step.rows {
                let target = beforeActivation + row * sample
                for index in 0..<sample { target[index] += bias.values[biasPlaces[index]] }
            }
        }
        if !activation.isLinear {
            activation.forward(
                beforeActivation, to: output.values, rows: step.rows * sample / columns, columns: columns,
                step.team)
        }
    }

    private func turned(
        _ values: UnsafeMutablePointer<Float>, _ order: AxisOrder, _ place: UnsafeMutablePointer<Float>,
        _ rows: Int
    ) -> UnsafePointer<Float> {
        if order.isInOrder { return UnsafePointer(values) }
        order.turn(values, rows: rows, to: place)
        return UnsafePointer(place)
    }

    override func backward(_ step: Step) {
        guard let outputGradient = output.gradient else { return }
        let rows = step.rows * free
        var gradient = outputGradient
        if !activation.isLinear {
            activation.backward(
                x: beforeActivation, y: output.values, dy: outputGradient, dx: innerGradient,
                rows: step.rows * sample / columns, columns: columns, step.team)
            gradient = innerGradient
        }
        if let target = bias?.gradient, let bias, let biasPlaces {
            Kernels.fill(target, count: bias.count, with: 0)
            for row in 0..<step.rows {
                for index in 0..<sample { target[biasPlaces[index]] += gradient[row * sample + index] }
            }
        }
        let dy = turned(gradient, outputOrder, turnedOutput, step.rows)
        addKernelGradient(dy, rows: rows, step)
        guard let target = input.gradient else { return }
        let w = kernelOrder.isInOrder ? kernel.values : turnedKernel
        let dx = inputOrder.isInOrder ? target : turnedGradient
        for index in 0..<shared {
            product.multiplyTransposingRight(
                dy + index * rows * own, w + index * summed * own, to: dx + index * rows * summed, rows: rows,
                inner: own, columns: summed, step.team)
        }
        if !inputOrder.isInOrder { inputOrder.turnBack(dx, rows: step.rows, to: target) }
    }

    private func addKernelGradient(_ dy: UnsafePointer<Float>, rows: Int, _ step: Step) {
        guard let gradient = kernel.gradient else { return }
        let x = inputOrder.isInOrder ? input.values : turnedInput
        let target = kernelOrder.isInOrder ? gradient : kernelGradient
        for index in 0..<shared {
            product.multiplyTransposingLeft(
                x + index * rows * summed, dy + index * rows * own, to: target + index * summed * own,
                rows: summed, inner: rows, columns: own, step.team)
        }
        if !kernelOrder.isInOrder {
            kernelOrder.turnBack(target, rows: kernel.shape.first ?? 1, to: gradient)
        }
    }
}
