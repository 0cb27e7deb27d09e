import Kernels
import Protocol

/// The mean or the largest of a channel's values over all positions (keras/src/layers/pooling/base_global_pooling.py).
///
/// Input `[batch, positions…, channels]`, or `[batch, channels, positions…]` with `channels_first`; output
/// `[batch, channels]`, or with `keepdims` of the input's rank. The mean in one dimension leaves out masked steps.
protocol GlobalPoolingLayer: Layer {
    /// How many axes of positions there are.
    static var positions: Int { get }
    static var takesMean: Bool { get }
}

extension GlobalPoolingLayer {
    static var arguments: [Argument] {
        Argument.layer + [.dataFormat, .boolean("keepdims", default: false)] + Argument.layerBehaviour
    }

    func outputShape(for input: Shape) throws -> Shape {
        try input.require(rank: Self.positions + 2, for: name)
        let channels = configuration.isChannelsFirst ? input[1] : input[-1]
        guard configuration.bool("keepdims") else { return Shape([input[0], channels]) }
        let ones = [Int?](repeating: 1, count: Self.positions)
        return Shape([input[0]] + (configuration.isChannelsFirst ? [channels] + ones : ones + [channels]))
    }

    func makeOperation(_ site: Site) throws -> Operation {
        let usesMask = Self.takesMean && Self.positions == 1
        return try GlobalPoolingOperation(
            site, isChannelsFirst: configuration.isChannelsFirst, takesMean: Self.takesMean,
            usesMask: usesMask)
    }
}

struct GlobalAveragePooling1D: GlobalPoolingLayer {
    static let className = "GlobalAveragePooling1D"
    static let aliases = ["GlobalAvgPool1D"]
    static let positions = 1
    static let takesMean = true
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = arguments }
}

struct GlobalAveragePooling2D: GlobalPoolingLayer {
    static let className = "GlobalAveragePooling2D"
    static let aliases = ["GlobalAvgPool2D"]
    static let positions = 2
    static let takesMean = true
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = arguments }
}

struct GlobalAveragePooling3D: GlobalPoolingLayer {
    static let className = "GlobalAveragePooling3D"
    static let aliases = ["GlobalAvgPool3D"]
    static let positions = 3
    static let takesMean = true
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = arguments }
}

struct GlobalMaxPooling1D: GlobalPoolingLayer {
    static let className = "GlobalMaxPooling1D"
    static let aliases = ["GlobalMaxPool1D"]
    static let positions = 1
    static let takesMean = false
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = arguments }
}

struct GlobalMaxPooling2D: GlobalPoolingLayer {
    static let className = "GlobalMaxPooling2D"
    static let aliases = ["GlobalMaxPool2D"]
    static let positions = 2
    static let takesMean = false
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = arguments }
}

struct GlobalMaxPooling3D: GlobalPoolingLayer {
    static let className = "GlobalMaxPooling3D"
    static let aliases = ["GlobalMaxPool3D"]
    static let positions = 3
    static let takesMean = false
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = arguments }
}

/// Reduces the positions of each channel.
private final class GlobalPoolingOperation: Operation {
    private let input: Tensor
    private let output: Tensor
    private let channels: Int
    private let positions: Int
    private let isChannelsFirst: Bool
    private let takesMean: Bool
    private let mask: UnsafePointer<UInt8>?

    init(_ site: Site, isChannelsFirst: Bool, takesMean: Bool, usesMask: Bool) throws {
        input = site.input
        output = site.output
        let shape = site.input.shape
        channels = isChannelsFirst ? shape[1] : shape[shape.count - 1]
        positions = site.input.rowCount / max(1, channels)
        self.isChannelsFirst = isChannelsFirst
        self.takesMean = takesMean
        let matches = site.input.maskRowCount == positions
        mask = usesMask && matches ? site.input.mask.map { UnsafePointer($0) } : nil
    }

    /// Floats from one position of a channel to the next, and from one channel to the next.
    private var strides: (position: Int, channel: Int) {
        isChannelsFirst ? (1, positions) : (channels, 1)
    }

    override func forward(_ step: Step) {
        step.team.share(PoolingPass(operation: self), count: step.rows, cost: step.rows * input.rowCount)
    }

    fileprivate func forward(rows: Range<Int>) {
        for row in rows {
            let x = input.values + row * input.rowCount
            let y = output.values + row * channels
            if takesMean { mean(x, to: y, row: row) } else { largest(x, to: y) }
        }
    }

    private func counts(row: Int) -> Float {
        guard let mask else { return Float(positions) }
        var count = 0
        for position in 0..<positions where mask[row * positions + position] != 0 { count += 1 }
        return Float(count)
    }

    private func isCounted(_ position: Int, row: Int) -> Bool {
        mask.map { $0[row * positions + position] != 0 } ?? true
    }

    private func mean(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, row: Int) {
        let count = counts(row: row)
        if !isChannelsFirst {
            Kernels.fill(y, count: channels, with: 0)
            for position in 0..<positions where isCounted(position, row: row) {
                Kernels.add(y, x + position * channels, to: y, count: channels)
            }
            for channel in 0..<channels { y[channel] /= count }
            return
        }
        for channel in 0..<channels {
            var sum = 0.0
            for position in 0..<positions where isCounted(position, row: row) {
                sum += Double(x[channel * positions + position])
            }
            y[channel] = Float(sum) / count
        }
    }

    private func largest(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>) {
        if isChannelsFirst {
            for channel in 0..<channels {
                y[channel] = Kernels.maximum(x + channel * positions, count: positions)
            }
            return
        }
        Kernels.copy(x, to: y, count: channels)
        for position in 1..<max(1, positions) {
            Kernels.maximum(y, x + position * channels, to: y, count: channels)
        }
    }

    override func backward(_ step: Step) {
        guard input.gradient != nil else { return }
        step.team.share(
            PoolingGradientPass(operation: self), count: step.rows, cost: step.rows * input.rowCount)
    }

    fileprivate func backward(rows: Range<Int>) {
        guard let gradient = input.gradient, let outputGradient = output.gradient else { return }
        for row in rows {
            let dx = gradient + row * input.rowCount
            let dy = outputGradient + row * channels
            if takesMean {
                spread(dy, to: dx, row: row)
            } else {
                share(dy, x: input.values + row * input.rowCount, y: output.values + row * channels, to: dx)
            }
        }
    }

    private func spread(_ dy: UnsafePointer<Float>, to dx: UnsafeMutablePointer<Float>, row: Int) {
        let scale = 1 / counts(row: row)
        for position in 0..<positions {
            let factor = isCounted(position, row: row) ? scale : 0
            if isChannelsFirst {
                for channel in 0..<channels { dx[channel * positions + position] = dy[channel] * factor }
            } else {
                Kernels.multiply(dy, factor, to: dx + position * channels, count: channels)
            }
        }
    }

    /// Equal largest values share the gradient, as in TensorFlow and JAX.
    private func share(
        _ dy: UnsafePointer<Float>, x: UnsafePointer<Float>, y: UnsafePointer<Float>,
        to dx: UnsafeMutablePointer<Float>
    ) {
        let strides = strides
        for channel in 0..<channels {
            var ties: Float = 0
            for position in 0..<positions
            where x[position * strides.position + channel * strides.channel] == y[channel] { ties += 1 }
            for position in 0..<positions {
                let place = position * strides.position + channel * strides.channel
                dx[place] = x[place] == y[channel] ? dy[channel] / ties : 0
            }
        }
    }
}

/// Pools a span of the samples.
private struct PoolingPass: SharedPass {
    let operation: GlobalPoolingOperation

    func run(_ span: Range<Int>, part: Int) { operation.forward(rows: span) }
}

/// The gradient of a span of the samples.
private struct PoolingGradientPass: SharedPass {
    let operation: GlobalPoolingOperation

    func run(_ span: Range<Int>, part: Int) { operation.backward(rows: span) }
}
