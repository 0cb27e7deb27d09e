import Kernels
import Protocol

/// A convolution on buffers whose channels are last: windows are laid out as rows, some samples at a time, and
/// multiplied with the kernel as a matrix.
final class ConvolutionOperation: Operation {
    private let input: Tensor
    private let output: Tensor
    private let kernel: WeightSlot
    private let bias: WeightSlot?
    private let activation: ActivationRun
    private let windows: Windows
    private let filters: Int
    private let groups: Int
    /// Windows of a sample, and samples whose windows are laid out at a time; the latter follows from the shapes
    /// alone, so that sums over them do too.
    private let windowsPerSample: Int
    private let chunk: Int
    private let columns: UnsafeMutablePointer<Float>
    private let beforeActivation: UnsafeMutablePointer<Float>
    private let innerGradient: UnsafeMutablePointer<Float>?
    private let product: Product

    /// Floats of windows laid out at a time, about: half of a second-level cache.
    private static let chunkCount = 1 << 16

    init(
        geometry: WindowGeometry, filters: Int, groups: Int, usesBias: Bool, activation: Activation,
        _ site: Site
    ) throws {
        input = site.input
        output = site.output
        kernel = site.weights[0]
        bias = usesBias ? site.weights[1] : nil
        self.activation = try ActivationRun(
            activation, sample: output.shape.dropFirst().dropLast() + [filters], rows: output.rows, site)
        self.filters = filters
        self.groups = groups
        let channels = input.shape[input.shape.count - 1]
        windows = geometry.windows(
            over: Array(input.shape.dropFirst().dropLast()), channels: channels / groups,
            placeStride: channels)
        windowsPerSample = windows.output.product
        let sampleCount = max(1, windowsPerSample * windows.windowCount)
        chunk = min(input.rows, max(1, Self.chunkCount / sampleCount))
        columns = try site.buffer(chunk * sampleCount)
        let count = input.rows * windowsPerSample * filters
        let changesShape = activation.form == .glu
        let keeps = changesShape || (site.isTraining && activation.backwardNeedsInput)
        beforeActivation = keeps ? try site.buffer(count) : output.values
        innerGradient = changesShape && site.isTraining ? try site.buffer(count) : output.gradient
        product = Product(site)
        super.init()
        for rows in [chunk, input.rows % chunk] where rows > 0 {
            product.reserve(forward(rows: rows))
            product.reserve(kernelGradient(rows: rows))
            product.reserve(columnGradient(rows: rows))
        }
    }

    private var groupFilters: Int { filters / groups }

    private func forward(rows: Int) -> MatrixProduct {
        MatrixProduct(
            rows: rows * windowsPerSample, columns: groupFilters, depth: windows.windowCount,
            leadingB: filters,
            leadingC: filters)
    }

    private func kernelGradient(rows: Int) -> MatrixProduct {
        MatrixProduct(
            rows: windows.windowCount, columns: groupFilters, depth: rows * windowsPerSample,
            transposeA: true,
            leadingB: filters, leadingC: filters)
    }

    private func columnGradient(rows: Int) -> MatrixProduct {
        MatrixProduct(
            rows: rows * windowsPerSample, columns: windows.windowCount, depth: groupFilters,
            transposeB: true,
            leadingA: filters, leadingB: filters)
    }

    /// Lays out the windows of samples `start ..< start + rows` that a group sees.
    private func layOut(start: Int, rows: Int, group: Int, _ team: ThreadTeam) {
        let body = LayOut(
            x: input.values + start * input.rowCount + group * windows.channels, windows: windows, rows: rows,
            windowsPerSample: windowsPerSample, columns: columns)
        if rows * windowsPerSample * windows.windowCount < 1 << 14 {
            for part in 0..<rows { body.run(part: part) }
        } else {
            team.parallel(parts: rows, body)
        }
    }

    private struct LayOut: ParallelBody {
        let x: UnsafePointer<Float>
        let windows: Windows
        let rows: Int
        let windowsPerSample: Int
        let columns: UnsafeMutablePointer<Float>

        func run(part: Int) {
            let range = part * windowsPerSample..<(part + 1) * windowsPerSample
            imageToColumns(x, windows, rows: range, to: columns + range.lowerBound * windows.windowCount)
        }
    }

    /// The activation, where the product may apply it on the way out.
    private var fused: ActivationKind? { beforeActivation == output.values ? activation.fused : nil }

    override func forward(_ step: Step) {
        var start = 0
        while start < step.rows {
            let rows = min(chunk, step.rows - start)
            let target = beforeActivation + start * windowsPerSample * filters
            for group in 0..<groups {
                layOut(start: start, rows: rows, group: group, step.team)
                product.run(
                    forward(rows: rows), columns, kernel.values + group * groupFilters,
                    target + group * groupFilters,
                    bias: bias.map { UnsafePointer($0.values + group * groupFilters) },
                    activation: fused ?? .linear, step.team)
            }
            start += rows
        }
        let runs = step.rows * windowsPerSample
        if fused == nil, !activation.isLinear {
            activation.forward(beforeActivation, to: output.values, rows: runs, columns: filters, step.team)
        }
    }

    override func backward(_ step: Step) {
        guard let outputGradient = output.gradient, let innerGradient else { return }
        let runs = step.rows * windowsPerSample
        if !activation.isLinear {
            activation.backward(
                x: beforeActivation, y: output.values, dy: outputGradient, dx: innerGradient, rows: runs,
                columns: filters, step.team)
        }
        if let gradient = bias?.gradient {
            step.team.columnSums(innerGradient, rows: runs, columns: filters, to: gradient)
        }
        var start = 0
        while start < step.rows {
            let rows = min(chunk, step.rows - start)
            for group in 0..<groups {
                backward(start: start, rows: rows, group: group, innerGradient, step.team)
            }
            start += rows
        }
    }

    private func backward(
        start: Int, rows: Int, group: Int, _ innerGradient: UnsafePointer<Float>, _ team: ThreadTeam
    ) {
        let dz = innerGradient + start * windowsPerSample * filters + group * groupFilters
        if let gradient = kernel.gradient {
            layOut(start: start, rows: rows, group: group, team)
            product.run(
                kernelGradient(rows: rows), columns, dz, gradient + group * groupFilters,
                accumulate: start > 0, team)
        }
        if let gradient = input.gradient {
            product.run(columnGradient(rows: rows), dz, kernel.values + group * groupFilters, columns, team)
            let body = PutBack(
                columns: columns, windows: windows, windowsPerSample: windowsPerSample,
                x: gradient + start * input.rowCount, group: group, sampleCount: input.rowCount)
            team.parallel(parts: rows, body)
        }
    }

    private struct PutBack: ParallelBody {
        let columns: UnsafePointer<Float>
        let windows: Windows
        let windowsPerSample: Int
        let x: UnsafeMutablePointer<Float>
        let group: Int
        let sampleCount: Int

        func run(part: Int) {
            if group == 0 { Kernels.fill(x + part * sampleCount, count: sampleCount, with: 0) }
            let range = part * windowsPerSample..<(part + 1) * windowsPerSample
            columnsToImage(
                columns + range.lowerBound * windows.windowCount, windows, rows: range,
                to: x + group * windows.channels)
        }
    }
}
