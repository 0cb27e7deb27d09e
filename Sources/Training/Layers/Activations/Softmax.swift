import Kernels
import Protocol

/// Softmax over an axis, or over several together (keras/src/layers/activations/softmax.py).
///
/// Input and output have one shape; axes count the batch, from the end if negative. A mask of the input's own shape
/// leaves elements out and gives them zero. Throws for axes that are not there, and for the batch's.
struct Softmax: Layer {
    static let className = "Softmax"
    static let arguments: [Argument] =
        Argument.layer + [Argument("axis", .axes, default: -1)] + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        configuration = arguments
        guard !arguments.integers("axis").isEmpty else {
            throw ArgumentError("axis", "axis names at least one axis, such as -1.")
        }
    }

    func axes(_ input: Shape) throws -> [Int] {
        let axes = configuration.integers("axis").map { $0 < 0 ? $0 + input.rank : $0 }
        guard Set(axes).count == axes.count, axes.allSatisfy({ (1..<input.rank).contains($0) }) else {
            throw ShapeError(
                "\(name) has axis \(configuration.integers("axis")), but its input has shape \(input); axes 1 to \(input.rank - 1) can be taken."
            )
        }
        return axes.sorted()
    }

    func outputShape(for input: Shape) throws -> Shape {
        _ = try axes(input)
        return input
    }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule { .pass }

    func makeOperation(_ site: Site) throws -> Operation { try SoftmaxOperation(self, site) }
}

/// Softmax over axes that are brought together last where they are not.
private final class SoftmaxOperation: Operation {
    private let input: Tensor
    private let output: Tensor
    private let order: AxisOrder
    private let size: Int
    private let turned: UnsafeMutablePointer<Float>
    private let turnedGradient: UnsafeMutablePointer<Float>
    private let mask: UnsafeMutablePointer<UInt8>?
    private var startsBefore = false

    init(_ layer: Softmax, _ site: Site) throws {
        input = site.input
        output = site.output
        let shape = site.input.shape
        let axes = try layer.axes(Shape(shape))
        size = axes.reduce(1) { $0 * shape[$1] }
        order = AxisOrder(shape, (0..<shape.count).filter { !axes.contains($0) } + axes)
        if site.input.mask != nil, site.input.maskRowCount != site.input.rowCount {
            throw ShapeError(
                "\(layer.name) takes a mask on single elements, not on the steps of \(Shape(shape)).")
        }
        mask = site.input.mask
        turned = try site.buffer(order.isInOrder ? 0 : site.input.count)
        turnedGradient = try site.buffer(order.isInOrder ? 0 : site.input.count)
    }

    override func forward(_ step: Step) {
        let count = step.rows * input.rowCount
        let y = order.isInOrder ? output.values : turned
        if let mask {
            // What is masked is no candidate.
            for index in 0..<count {
                output.values[index] = mask[index] == 0 ? -1e9 : input.values[index]
            }
            if !order.isInOrder { order.turn(output.values, rows: step.rows, to: y) }
        } else {
            order.turn(input.values, rows: step.rows, to: y)
        }
        Kernels.softmax(y, to: y, outer: count / size, axis: size)
        if !order.isInOrder { order.turnBack(y, rows: step.rows, to: output.values) }
        if let mask { for index in 0..<count where mask[index] == 0 { output.values[index] = 0 } }
    }

    override func valuesBefore(_ activation: Activation, of tensor: Tensor) -> UnsafeMutablePointer<Float>? {
        activation == .softmax && tensor === output && mask == nil ? input.values : nil
    }

    override func startBackwardBeforeActivation() { startsBefore = true }

    override func backward(_ step: Step) {
        guard let gradient = input.gradient, let outputGradient = output.gradient else { return }
        let count = step.rows * input.rowCount
        if startsBefore { return Kernels.copy(outputGradient, to: gradient, count: count) }
        if let mask { for index in 0..<count where mask[index] == 0 { outputGradient[index] = 0 } }
        if order.isInOrder {
            Kernels.softmaxBackward(
                y: output.values, dy: outputGradient, dx: gradient, outer: count / size, axis: size)
        } else {
            order.turn(outputGradient, rows: step.rows, to: turnedGradient)
            Kernels.softmaxBackward(
                y: turned, dy: turnedGradient, dx: turnedGradient, outer: count / size, axis: size)
            order.turnBack(turnedGradient, rows: step.rows, to: gradient)
        }
        if let mask { for index in 0..<count where mask[index] == 0 { gradient[index] = 0 } }
    }
}
