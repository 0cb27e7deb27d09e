import Kernels
import Protocol

/// A convolution on buffers whose channels are last: windows are laid out as rows, a block of them at a time, and
/// multiplied with the kernel as a matrix. Threads take whole blocks forward, and whole shares of the batch back.
final class ConvolutionOperation: Operation {
    private let input: Tensor
    private let output: Tensor
    private let kernel: WeightSlot
    private let bias: WeightSlot?
    private let activation: ActivationRun
    private let windows: Windows
    private let filters: Int
    private let groups: Int
    private let windowsPerSample: Int
    /// Windows laid out at a time; it follows from the shapes alone, so that sums over them do too.
    private let block: Int
    /// Whether a window is a place of the input, so that nothing needs to be laid out.
    private let isPointwise: Bool
    /// Where each thread lays out its block.
    private let columns: UnsafeMutablePointer<Float>
    private let beforeActivation: UnsafeMutablePointer<Float>
    private let innerGradient: UnsafeMutablePointer<Float>?
    /// Shares of a full batch whose gradients are summed apart; as many for any number of threads.
    private let mostShares: Int
    /// The kernel's gradient by each share after the first.
    private let shareGradients: UnsafeMutablePointer<Float>
    private let products: OwnProducts

    /// Floats of windows laid out at a time, at most: half of a second-level cache.
    private static let blockCount = 1 << 16
    /// Multiplications below which one thread is faster than several.
    private static let smallest = 0x1p18

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
        isPointwise = groups == 1 && windows.size.product == 1 && windows.output == windows.input
        let total = input.rows * windowsPerSample
        block = Self.block(windows: total, windowCount: windows.windowCount)
        columns = try site.buffer(isPointwise ? 0 : site.scratch.threads * block * windows.windowCount)
        let shape = BlockProducts(windows: windows, filters: filters, groups: groups)
        mostShares = shape.cost(total) < Self.smallest ? 1 : min(8, input.rows)
        shareGradients = try site.buffer(site.isTraining ? (mostShares - 1) * kernel.count : 0)
        let count = total * filters
        let changesShape = activation.form == .glu
        let keeps = changesShape || (site.isTraining && activation.backwardNeedsInput)
        beforeActivation = keeps ? try site.buffer(count) : output.values
        innerGradient = changesShape && site.isTraining ? try site.buffer(count) : output.gradient
        products = OwnProducts(
            [shape.forward(block), shape.kernelGradient(block), shape.columnGradient(block)], site)
    }

    /// How many windows make a block: eight blocks or a multiple where there is enough to do, whole tiles of rows.
    private static func block(windows: Int, windowCount: Int) -> Int {
        let most = max(1, blockCount / max(1, windowCount))
        let blocks = (windows + most - 1) / most
        let even = max(1, (blocks + 7) / 8 * 8)
        return min(max(1, windows), max(96, ((windows + even - 1) / even + 5) / 6 * 6))
    }

    private var shape: BlockProducts { BlockProducts(windows: windows, filters: filters, groups: groups) }

    /// The activation, where the product may apply it on the way out.
    private var fused: ActivationKind? { beforeActivation == output.values ? activation.fused : nil }

    /// On how many threads `windows` windows are worth the while, where there are so many pieces of work.
    private func threads(windows count: Int, pieces: Int, _ team: ThreadTeam) -> Int {
        shape.cost(count) < Self.smallest ? 1 : min(team.threads, pieces)
    }

    override func forward(_ step: Step) {
        let total = step.rows * windowsPerSample
        let blocks = (total + block - 1) / block
        let parts = threads(windows: total, pieces: blocks, step.team)
        step.team.parallel(
            parts: parts, Forward(operation: self, total: total, blocks: blocks, parts: parts))
        if fused == nil, !activation.isLinear {
            activation.forward(
                beforeActivation, to: output.values, rows: total, columns: filters, step.team)
        }
    }

    override func backward(_ step: Step) {
        guard let outputGradient = output.gradient, let innerGradient else { return }
        let total = step.rows * windowsPerSample
        if !activation.isLinear {
            activation.backward(
                x: beforeActivation, y: output.values, dy: outputGradient, dx: innerGradient, rows: total,
                columns: filters, step.team)
        }
        if let gradient = bias?.gradient {
            step.team.columnSums(innerGradient, rows: total, columns: filters, to: gradient)
        }
        let shares = min(mostShares, step.rows)
        let parts = threads(windows: total, pieces: shares, step.team)
        step.team.parallel(
            parts: parts,
            Backward(operation: self, dz: innerGradient, rows: step.rows, shares: shares, parts: parts))
        if let gradient = kernel.gradient, shares > 1 {
            step.team.share(
                ShareSum(shares: shareGradients, count: kernel.count, others: shares - 1, sum: gradient),
                count: kernel.count, cost: kernel.count * shares, unit: 32)
        }
    }

    /// A block's windows as rows: laid out for a thread, or where they lie.
    private func layOut(_ range: Range<Int>, group: Int, thread: Int) -> UnsafePointer<Float> {
        if isPointwise { return UnsafePointer(input.values + range.lowerBound * windows.channels) }
        let target = columns(of: thread)
        imageToColumns(input.values + group * windows.channels, windows, rows: range, to: target)
        return UnsafePointer(target)
    }

    private func columns(of thread: Int) -> UnsafeMutablePointer<Float> {
        columns + thread * block * windows.windowCount
    }

    /// Every `parts`-th block forward.
    private struct Forward: ParallelBody {
        unowned(unsafe) let operation: ConvolutionOperation
        let total: Int
        let blocks: Int
        let parts: Int

        func run(part: Int) {
            for index in stride(from: part, to: blocks, by: parts) {
                let first = index * operation.block
                operation.forward(first..<min(total, first + operation.block), thread: part)
            }
        }
    }

    private func forward(_ range: Range<Int>, thread: Int) {
        let groupFilters = filters / groups
        for group in 0..<groups {
            let rows = layOut(range, group: group, thread: thread)
            products.run(
                shape.forward(range.count), rows, kernel.values + group * groupFilters,
                beforeActivation + range.lowerBound * filters + group * groupFilters,
                bias: bias.map { UnsafePointer($0.values + group * groupFilters) },
                activation: fused ?? .linear, thread: thread)
        }
    }

    /// Every `parts`-th share of the samples back.
    private struct Backward: ParallelBody {
        unowned(unsafe) let operation: ConvolutionOperation
        let dz: UnsafePointer<Float>
        let rows: Int
        let shares: Int
        let parts: Int

        func run(part: Int) {
            for share in stride(from: part, to: shares, by: parts) {
                let samples = share * rows / shares..<(share + 1) * rows / shares
                operation.backward(samples, share: share, dz, thread: part)
            }
        }
    }

    private func backward(_ samples: Range<Int>, share: Int, _ dz: UnsafePointer<Float>, thread: Int) {
        let sum = share == 0 ? kernel.gradient : shareGradients + (share - 1) * kernel.count
        if let gradient = input.gradient, !isPointwise {
            Kernels.fill(
                gradient + samples.lowerBound * input.rowCount, count: samples.count * input.rowCount, with: 0
            )
        }
        let (first, last) = (samples.lowerBound * windowsPerSample, samples.upperBound * windowsPerSample)
        for start in stride(from: first, to: last, by: block) {
            let range = start..<min(last, start + block)
            for group in 0..<groups {
                let dz = dz + start * filters + group * filters / groups
                if kernel.gradient != nil, let sum {
                    let rows = layOut(range, group: group, thread: thread)
                    products.run(
                        shape.kernelGradient(range.count), rows, dz, sum + group * filters / groups,
                        accumulate: start > first, thread: thread)
                }
                if let gradient = input.gradient {
                    putBack(range, group: group, dz, to: gradient, thread: thread)
                }
            }
        }
    }

    /// Adds what a block gives to the input's gradient.
    private func putBack(
        _ range: Range<Int>, group: Int, _ dz: UnsafePointer<Float>, to gradient: UnsafeMutablePointer<Float>,
        thread: Int
    ) {
        let place = isPointwise ? gradient + range.lowerBound * windows.channels : columns(of: thread)
        products.run(
            shape.columnGradient(range.count), dz, kernel.values + group * filters / groups, place,
            thread: thread)
        if !isPointwise {
            columnsToImage(place, windows, rows: range, to: gradient + group * windows.channels)
        }
    }
}

/// The products of a block of windows.
private struct BlockProducts {
    let windows: Windows
    let filters: Int
    let groups: Int

    /// Multiplications that so many windows take in a group.
    func cost(_ rows: Int) -> Double {
        Double(rows) * Double(windows.windowCount) * Double(filters / groups)
    }

    func forward(_ rows: Int) -> MatrixProduct {
        MatrixProduct(
            rows: rows, columns: filters / groups, depth: windows.windowCount, leadingB: filters,
            leadingC: filters)
    }

    func kernelGradient(_ rows: Int) -> MatrixProduct {
        MatrixProduct(
            rows: windows.windowCount, columns: filters / groups, depth: rows, transposeA: true,
            leadingB: filters, leadingC: filters)
    }

    func columnGradient(_ rows: Int) -> MatrixProduct {
        MatrixProduct(
            rows: rows, columns: windows.windowCount, depth: filters / groups, transposeB: true,
            leadingA: filters, leadingB: filters)
    }
}

/// Adds the shares' gradients to the first one's, in their order.
private struct ShareSum: SharedPass {
    let shares: UnsafePointer<Float>
    let count: Int
    let others: Int
    let sum: UnsafeMutablePointer<Float>

    func run(_ span: Range<Int>, part: Int) {
        let place = sum + span.lowerBound
        for share in 0..<others {
            Kernels.add(place, shares + share * count + span.lowerBound, to: place, count: span.count)
        }
    }
}
