import Kernels
import Protocol

/// The mean or the largest value of each of a given number of windows, which together cover the input
/// (keras/src/layers/pooling/base_adaptive_pooling.py).
///
/// Input `[batch, positions…, channels]`, or `[batch, channels, positions…]` with `channels_first`; output alike with
/// `output_size` positions. Window i of n over m positions goes from `⌊i·m/n⌋` to below `⌈(i+1)·m/n⌉`.
protocol AdaptivePoolingLayer: Layer {
    /// How many axes of positions there are.
    static var positions: Int { get }
    static var takesMean: Bool { get }
}

struct AdaptiveAveragePooling1D: AdaptivePoolingLayer {
    static let className = "AdaptiveAveragePooling1D"
    static let positions = 1
    static let takesMean = true
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = arguments }
}

struct AdaptiveAveragePooling2D: AdaptivePoolingLayer {
    static let className = "AdaptiveAveragePooling2D"
    static let positions = 2
    static let takesMean = true
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = arguments }
}

struct AdaptiveAveragePooling3D: AdaptivePoolingLayer {
    static let className = "AdaptiveAveragePooling3D"
    static let positions = 3
    static let takesMean = true
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = arguments }
}

struct AdaptiveMaxPooling1D: AdaptivePoolingLayer {
    static let className = "AdaptiveMaxPooling1D"
    static let positions = 1
    static let takesMean = false
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = arguments }
}

struct AdaptiveMaxPooling2D: AdaptivePoolingLayer {
    static let className = "AdaptiveMaxPooling2D"
    static let positions = 2
    static let takesMean = false
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = arguments }
}

struct AdaptiveMaxPooling3D: AdaptivePoolingLayer {
    static let className = "AdaptiveMaxPooling3D"
    static let positions = 3
    static let takesMean = false
    let configuration: Arguments
    init(_ arguments: Arguments) { configuration = arguments }
}

extension AdaptivePoolingLayer {
    static var arguments: [Argument] {
        Argument.layer + [.integers("output_size", count: positions), .dataFormat] + Argument.layerBehaviour
    }

    func outputShape(for input: Shape) throws -> Shape {
        let isChannelsFirst = configuration.isChannelsFirst
        let image = try ImageShape(
            input, positions: Self.positions, isChannelsFirst: isChannelsFirst, for: name)
        return image.with(
            positions: configuration.integers("output_size").map { $0 }, channels: image.channels,
            isChannelsFirst: isChannelsFirst)
    }

    func makeOperation(_ site: Site) throws -> Operation {
        try configuration.convolution(site) { site, _ in
            try AdaptivePoolingOperation(site, takesMean: Self.takesMean)
        }
    }
}

/// An adaptive pooling on buffers whose channels are last.
private final class AdaptivePoolingOperation: Operation {
    private let input: Tensor
    private let output: Tensor
    private let takesMean: Bool
    private let channels: Int
    /// For each window, from where to where its places stand in `places`.
    private let bounds: UnsafeMutablePointer<Int>
    /// The positions of all windows.
    private let places: UnsafeMutablePointer<Int>
    private let windows: Int

    init(_ site: Site, takesMean: Bool) throws {
        input = site.input
        output = site.output
        self.takesMean = takesMean
        channels = input.shape[input.shape.count - 1]
        let lengths = Array(input.shape.dropFirst().dropLast())
        let counts = Array(output.shape.dropFirst().dropLast())
        var all: [[Int]] = [[0]]
        for (length, count) in zip(lengths, counts) {
            let ranges = (0..<count).map { ($0 * length / count)..<(($0 + 1) * length + count - 1) / count }
            all = all.flatMap { window in
                ranges.map { range in window.flatMap { place in range.map { place * length + $0 } } }
            }
        }
        windows = all.count
        bounds = try site.buffer(windows + 1, of: Int.self)
        places = try site.buffer(all.reduce(0) { $0 + $1.count }, of: Int.self)
        var next = 0
        for (index, window) in all.enumerated() {
            bounds[index] = next
            for place in window {
                places[next] = place
                next += 1
            }
        }
        bounds[windows] = next
    }

    override func forward(_ step: Step) {
        for row in 0..<step.rows {
            let x = input.values + row * input.rowCount
            for window in 0..<windows {
                let y = output.values + row * output.rowCount + window * channels
                let range = bounds[window]..<bounds[window + 1]
                Kernels.fill(y, count: channels, with: takesMean ? 0 : -.infinity)
                for index in range {
                    let source = x + places[index] * channels
                    if takesMean {
                        Kernels.add(y, source, to: y, count: channels)
                    } else {
                        Kernels.maximum(y, source, to: y, count: channels)
                    }
                }
                if takesMean { Kernels.multiply(y, 1 / Float(range.count), to: y, count: channels) }
            }
        }
    }

    override func backward(_ step: Step) {
        guard let gradient = input.gradient, let outputGradient = output.gradient else { return }
        Kernels.fill(gradient, count: step.rows * input.rowCount, with: 0)
        for row in 0..<step.rows {
            for window in 0..<windows {
                let start = row * output.rowCount + window * channels
                let dx = gradient + row * input.rowCount
                if takesMean {
                    spread(outputGradient + start, window, to: dx)
                } else {
                    share(
                        outputGradient + start, y: output.values + start,
                        x: input.values + row * input.rowCount, window,
                        to: dx)
                }
            }
        }
    }

    private func spread(_ dy: UnsafePointer<Float>, _ window: Int, to dx: UnsafeMutablePointer<Float>) {
        let range = bounds[window]..<bounds[window + 1]
        for index in range {
            Kernels.addScaled(
                dy, by: 1 / Float(range.count), to: dx + places[index] * channels, count: channels)
        }
    }

    /// Equal largest values share the gradient, as in TensorFlow.
    private func share(
        _ dy: UnsafePointer<Float>, y: UnsafePointer<Float>, x: UnsafePointer<Float>, _ window: Int,
        to dx: UnsafeMutablePointer<Float>
    ) {
        let range = bounds[window]..<bounds[window + 1]
        for channel in 0..<channels {
            var ties: Float = 0
            for index in range where x[places[index] * channels + channel] == y[channel] { ties += 1 }
            for index in range where x[places[index] * channels + channel] == y[channel] {
                dx[places[index] * channels + channel] += dy[channel] / ties
            }
        }
    }
}
