import Kernels
import Protocol

/// Resamples the positions of images `[batch, height, width, channels]`, one axis after the other.
final class ResamplingOperation: Operation {
    private let input: Tensor
    private let output: Tensor
    private let height: Axis
    private let width: Axis
    private let channels: Int
    private let fill: Float
    private let middle: UnsafeMutablePointer<Float>

    private struct Axis {
        let length: Int
        let count: Int
        let taps: Int
        let places: UnsafeMutablePointer<Int32>
        let weights: UnsafeMutablePointer<Float>
        /// What the weights of an output's place that are there add up to.
        let sums: [Float]

        init(_ table: ResamplingTaps, length: Int, _ site: Site) throws {
            self.length = length
            count = table.count
            taps = table.taps
            places = try site.buffer(table.places.count, of: Int32.self)
            weights = try site.buffer(table.weights.count)
            for (index, place) in table.places.enumerated() { places[index] = place }
            for (index, weight) in table.weights.enumerated() { weights[index] = weight }
            sums = (0..<table.count).map { row in
                (row * table.taps..<(row + 1) * table.taps).reduce(Float(0)) {
                    $0 + (table.places[$1] >= 0 ? table.weights[$1] : 0)
                }
            }
        }
    }

    /// Builds the operation for images in either format; `taps` gives the tables for height and width.
    static func make(
        _ site: Site, isChannelsFirst: Bool, fill: Float = 0, taps: ([Int]) throws -> [ResamplingTaps]
    ) throws -> Operation {
        let shape = site.input.shape
        let tables = try taps(isChannelsFirst ? Array(shape[2...3]) : Array(shape[1...2]))
        guard isChannelsFirst else { return try ResamplingOperation(tables, fill: fill, site) }
        return try AxisLastOperation(site, axis: 1) { try ResamplingOperation(tables, fill: fill, $0) }
    }

    private init(_ tables: [ResamplingTaps], fill: Float, _ site: Site) throws {
        input = site.input
        output = site.output
        self.fill = fill
        channels = site.input.shape[3]
        height = try Axis(tables[0], length: site.input.shape[1], site)
        width = try Axis(tables[1], length: site.input.shape[2], site)
        middle = try site.buffer(site.input.rows * height.length * width.count * channels)
    }

    override func forward(_ step: Step) {
        Kernels.resample(
            input.values, outer: step.rows * height.length, length: width.length, inner: channels,
            places: width.places, weights: width.weights, count: width.count, taps: width.taps, to: middle)
        Kernels.resample(
            middle, outer: step.rows, length: height.length, inner: width.count * channels,
            places: height.places, weights: height.weights, count: height.count, taps: height.taps,
            to: output.values)
        if fill != 0 { addFill(step) }
    }

    /// What lies outside of the image has the value `fill`.
    private func addFill(_ step: Step) {
        for row in 0..<step.rows {
            for y in 0..<height.count {
                for x in 0..<width.count {
                    let place = output.values + ((row * height.count + y) * width.count + x) * channels
                    let share = 1 - height.sums[y] * width.sums[x]
                    if share != 0 { Kernels.add(place, share * fill, to: place, count: channels) }
                }
            }
        }
    }

    override func backward(_ step: Step) {
        guard let gradient = input.gradient, let outputGradient = output.gradient else { return }
        Kernels.resampleBackward(
            outputGradient, outer: step.rows, length: height.length, inner: width.count * channels,
            places: height.places, weights: height.weights, count: height.count, taps: height.taps, to: middle
        )
        Kernels.resampleBackward(
            middle, outer: step.rows * height.length, length: width.length, inner: channels,
            places: width.places, weights: width.weights, count: width.count, taps: width.taps, to: gradient)
    }
}
