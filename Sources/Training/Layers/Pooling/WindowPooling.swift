import Kernels
import Protocol

/// The largest value or the mean of each window, channel by channel (keras/src/layers/pooling/base_pooling.py).
///
/// Input `[batch, positions…, channels]`, or `[batch, channels, positions…]` with `channels_first`; output alike.
/// `strides` are the windows' sizes by default. Padded places count for nothing, neither in the mean.
protocol WindowPoolingLayer: Layer {
    /// How many axes the windows slide over.
    static var positions: Int { get }
    static var takesMean: Bool { get }
}

struct MaxPooling1D: WindowPoolingLayer {
    static let className = "MaxPooling1D"
    static let aliases = ["MaxPool1D"]
    static let positions = 1
    static let takesMean = false
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = Self.completed(arguments) }
}

struct MaxPooling2D: WindowPoolingLayer {
    static let className = "MaxPooling2D"
    static let aliases = ["MaxPool2D"]
    static let positions = 2
    static let takesMean = false
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = Self.completed(arguments) }
}

struct MaxPooling3D: WindowPoolingLayer {
    static let className = "MaxPooling3D"
    static let aliases = ["MaxPool3D"]
    static let positions = 3
    static let takesMean = false
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = Self.completed(arguments) }
}

struct AveragePooling1D: WindowPoolingLayer {
    static let className = "AveragePooling1D"
    static let aliases = ["AvgPool1D"]
    static let positions = 1
    static let takesMean = true
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = Self.completed(arguments) }
}

struct AveragePooling2D: WindowPoolingLayer {
    static let className = "AveragePooling2D"
    static let aliases = ["AvgPool2D"]
    static let positions = 2
    static let takesMean = true
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = Self.completed(arguments) }
}

struct AveragePooling3D: WindowPoolingLayer {
    static let className = "AveragePooling3D"
    static let aliases = ["AvgPool3D"]
    static let positions = 3
    static let takesMean = true
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = Self.completed(arguments) }
}

extension WindowPoolingLayer {
    static var arguments: [Argument] {
        Argument.layer + [
            .integers("pool_size", count: positions, default: 2, aliases: ["pool_length"]),
            .choice("padding", ["valid", "same"], default: "valid"),
            .integers("strides", count: positions, default: .null, aliases: ["stride"]),
            .dataFormat,
        ] + Argument.layerBehaviour
    }

    /// The arguments with Keras's strides where none are given.
    static func completed(_ arguments: Arguments) -> Arguments {
        guard !arguments.has("strides") else { return arguments }
        var arguments = arguments
        arguments.set("strides", .array(arguments.integers("pool_size").map { .integer(Int64($0)) }))
        return arguments
    }

    private var geometry: WindowGeometry {
        let size = configuration.integers("pool_size")
        return WindowGeometry(
            size: size, strides: configuration.integers("strides"), dilation: size.map { _ in 1 },
            padding: WindowGeometry.Padding(rawValue: configuration.string("padding")) ?? .valid)
    }

    func outputShape(for input: Shape) throws -> Shape {
        let isChannelsFirst = configuration.isChannelsFirst
        let image = try ImageShape(
            input, positions: Self.positions, isChannelsFirst: isChannelsFirst, for: name)
        let geometry = geometry
        let counts = image.positions.enumerated().map { geometry.count($1, axis: $0) }
        guard !counts.contains(0) else {
            throw ShapeError("The windows of \(name) are larger than its input, which has shape \(input).")
        }
        return image.with(positions: counts, channels: image.channels, isChannelsFirst: isChannelsFirst)
    }

    func makeOperation(_ site: Site) throws -> Operation {
        let make = { (site: Site) in WindowPoolingOperation(geometry, takesMean: Self.takesMean, site) }
        return configuration.isChannelsFirst ? try AxisLastOperation(site, axis: 1, make: make) : make(site)
    }
}

/// A pooling on buffers whose channels are last.
private final class WindowPoolingOperation: Operation {
    private let input: Tensor
    private let output: Tensor
    private let windows: Windows
    private let takesMean: Bool

    init(_ geometry: WindowGeometry, takesMean: Bool, _ site: Site) {
        input = site.input
        output = site.output
        self.takesMean = takesMean
        let channels = input.shape[input.shape.count - 1]
        windows = geometry.windows(
            over: Array(input.shape.dropFirst().dropLast()), channels: channels, placeStride: channels)
    }

    override func forward(_ step: Step) {
        step.team.parallel(parts: step.rows, Forward(operation: self))
    }

    override func backward(_ step: Step) {
        step.team.parallel(parts: step.rows, Backward(operation: self))
    }

    private struct Forward: ParallelBody {
        unowned(unsafe) let operation: WindowPoolingOperation

        func run(part: Int) {
            let windows = operation.windows
            let rows = part * windows.output.product..<(part + 1) * windows.output.product
            if operation.takesMean {
                averagePool(operation.input.values, windows, rows: rows, to: operation.output.values)
            } else {
                maxPool(operation.input.values, windows, rows: rows, to: operation.output.values)
            }
        }
    }

    private struct Backward: ParallelBody {
        unowned(unsafe) let operation: WindowPoolingOperation

        func run(part: Int) {
            guard let dx = operation.input.gradient, let dy = operation.output.gradient else { return }
            let windows = operation.windows
            let sampleCount = operation.input.rowCount
            Kernels.fill(dx + part * sampleCount, count: sampleCount, with: 0)
            let rows = part * windows.output.product..<(part + 1) * windows.output.product
            if operation.takesMean {
                averagePoolBackward(dy: dy, windows, rows: rows, dx: dx)
            } else {
                maxPoolBackward(
                    x: operation.input.values, y: operation.output.values, dy: dy, windows, rows: rows, dx: dx
                )
            }
        }
    }
}
