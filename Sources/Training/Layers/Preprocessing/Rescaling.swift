import Kernels
import Protocol

/// `x · scale + offset` (keras/src/layers/preprocessing/rescaling.py).
///
/// `scale` and `offset` are numbers, or lists with one for each place of the last axis.
struct Rescaling: Layer {
    static let className = "Rescaling"
    static let arguments: [Argument] =
        Argument.layer + [
            Argument("scale", .numbers), Argument("offset", .numbers, default: 0.0),
        ] + Argument.layerBehaviour

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func outputShape(for input: Shape) throws -> Shape {
        for name in ["scale", "offset"] {
            let count = configuration.numbers(name).count
            guard count == 1 || (input.rank > 1 && (input[-1] == nil || input[-1] == count)) else {
                throw ShapeError(
                    "\(self.name) has \(count) numbers as \(name), which do not fit the last axis of \(input)."
                )
            }
        }
        return input
    }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule { .pass }

    func makeOperation(_ site: Site) throws -> Operation {
        let columns = site.input.shape.count > 1 ? site.input.shape[site.input.shape.count - 1] : 1
        func spread(_ name: String) -> [Float] {
            let numbers = configuration.numbers(name).map(Float.init)
            return numbers.count == 1 ? Array(repeating: numbers[0], count: columns) : numbers
        }
        return try AffineOperation(scale: spread("scale"), offset: spread("offset"), site)
    }
}

/// `y = x · scale + offset`, with one of each for every place of the last axis.
private final class AffineOperation: Operation {
    private let input: Tensor
    private let output: Tensor
    private let columns: Int
    private let scale: UnsafeMutablePointer<Float>
    private let offset: UnsafeMutablePointer<Float>

    init(scale: [Float], offset: [Float], _ site: Site) throws {
        input = site.input
        output = site.output
        columns = scale.count
        self.scale = try site.buffer(columns)
        self.offset = try site.buffer(columns)
        for column in 0..<columns {
            self.scale[column] = scale[column]
            self.offset[column] = offset[column]
        }
    }

    override func forward(_ step: Step) {
        for row in 0..<step.rows * input.rowCount / columns {
            let (x, y) = (input.values + row * columns, output.values + row * columns)
            Kernels.multiply(x, scale, to: y, count: columns)
            Kernels.add(y, offset, to: y, count: columns)
        }
    }

    override func backward(_ step: Step) {
        guard let gradient = input.gradient, let outputGradient = output.gradient else { return }
        for row in 0..<step.rows * input.rowCount / columns {
            Kernels.multiply(
                outputGradient + row * columns, scale, to: gradient + row * columns, count: columns)
        }
    }
}
