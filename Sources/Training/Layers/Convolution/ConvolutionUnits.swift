import Kernels
import Protocol

/// What a convolution does with a unit: some samples whose windows one table tells, on one thread. Units follow from
/// the shapes alone, so that sums over them do too.
final class ConvolutionUnits {
    /// Samples of a full unit.
    let samples: Int
    let windowsPerSample: Int

    private let windows: Windows
    /// The windows where the zeros around the input are laid out.
    private let padded: Windows
    private let hasPadding: Bool
    private let filters: Int
    private let groups: Int
    private let windowOffsets: UnsafeMutablePointer<Int>
    private let elementOffsets: UnsafeMutablePointer<Int>
    private var hasOffsets = false
    /// Windows over which a kernel's gradient is summed in registers.
    private let block: Int
    /// Whether each filter sees one channel, and each channel has one filter.
    private let isDepthwise: Bool
    private var depthwiseKernel: UnsafePointer<Float>?
    private let scratch: ScratchSpace
    /// Floats of the scratch space that all threads read, and those that each has for itself.
    private let sharedCount, ownCount: Int
    /// Floats of a unit with the zeros around it, before what else a thread has.
    private let paddedCount: Int

    /// Windows that are worth a product of their own.
    static let leastWindows = 96
    /// Windows of gradients that are laid out at a time: a panel of them fills half of a first-level cache.
    private static let blockWindows = 256

    init(_ windows: Windows, filters: Int, groups: Int, _ site: Site) throws {
        self.windows = windows
        self.filters = filters
        self.groups = groups
        windowsPerSample = windows.output.product
        padded = windows.padded
        hasPadding = padded.input != windows.input
        samples = max(1, min(2 * Self.leastWindows / max(1, windowsPerSample), site.input.rows / 8))
        windowOffsets = try site.buffer(samples * windowsPerSample, of: Int.self)
        elementOffsets = try site.buffer(windows.windowCount, of: Int.self)
        let blocks = max(1, (samples * windowsPerSample + Self.blockWindows - 1) / Self.blockWindows)
        block = (samples * windowsPerSample + blocks - 1) / blocks
        scratch = site.scratch
        let lengths = [padded.input.depth, padded.input.height, padded.input.width]
        let floats = hasPadding ? lengths.reduce(samples * windows.placeStride, clampedProduct) : 0
        paddedCount = wholeLines(floats, 0)
        isDepthwise = windows.channels == 1 && filters == groups
        let gradients =
            site.isTraining && !isDepthwise ? PackedMatrix(columns: filters / groups, depth: block).count : 0
        ownCount = wholeLines(paddedCount, gradients)
        let forward = Self.forward(windows, filters, groups), back = Self.back(windows, filters, groups)
        let matrices = max(
            clampedProduct(groups, forward.count),
            site.isTraining && site.input.gradient != nil
                ? clampedProduct(groups, clampedProduct(windows.size.product, back.count)) : 0)
        sharedCount = isDepthwise ? 0 : wholeLines(matrices, 0)
        let own = clampedProduct(ownCount, scratch.threads)
        let (need, overflow) = own.addingReportingOverflow(sharedCount)
        scratch.need(overflow ? .max : need)
    }

    /// Multiplications that so many windows take.
    func cost(windows count: Int) -> Double {
        Double(count) * Double(windows.windowCount) * Double(filters)
    }

    /// A group's kernel: a row for each element of a window, a column for each filter.
    private static func forward(_ windows: Windows, _ filters: Int, _ groups: Int) -> PackedMatrix {
        PackedMatrix(columns: filters / groups, depth: windows.windowCount, leading: filters)
    }

    /// A group's kernel at one place of the window, transposed.
    private static func back(_ windows: Windows, _ filters: Int, _ groups: Int) -> PackedMatrix {
        PackedMatrix(
            columns: windows.channels, depth: filters / groups, isTransposed: true, leading: filters)
    }

    private var forward: PackedMatrix { Self.forward(windows, filters, groups) }
    private var back: PackedMatrix { Self.back(windows, filters, groups) }

    /// Lays the kernel out for `forward`.
    func layOutKernel(_ kernel: UnsafePointer<Float>, _ team: ThreadTeam) {
        layOutOffsets()
        if isDepthwise { return depthwiseKernel = kernel }
        layOut(forward, kernel, places: 1, team)
    }

    /// Lays the kernel out for `inputGradient`.
    func layOutTransposedKernel(_ kernel: UnsafePointer<Float>, _ team: ThreadTeam) {
        if isDepthwise { return }
        layOut(back, kernel, places: windows.size.product, team)
    }

    private func layOut(
        _ matrix: PackedMatrix, _ kernel: UnsafePointer<Float>, places: Int, _ team: ThreadTeam
    ) {
        let pass = KernelLayout(
            matrix: matrix, kernel: kernel, places: places, placeStep: windows.channels * filters,
            groupStep: filters / groups, panels: scratch.values)
        team.share(
            pass, count: groups * places * pass.piecesPerMatrix, cost: groups * places * matrix.count)
    }

    /// Fills the tables, once there is a step: a plan alone touches no memory.
    private func layOutOffsets() {
        if hasOffsets { return }
        padded.windowOffsets(samples: samples, to: windowOffsets)
        padded.elementOffsets(to: elementOffsets)
        hasOffsets = true
    }

    private func own(_ thread: Int) -> UnsafeMutablePointer<Float> {
        scratch.values + sharedCount + thread * ownCount
    }

    /// Samples of the input as the tables tell of them.
    func place(_ x: UnsafePointer<Float>, _ samples: Range<Int>, thread: Int) -> UnsafePointer<Float> {
        let first = x + samples.lowerBound * windows.input.product * windows.placeStride
        if !hasPadding { return first }
        windows.pad(first, samples: samples.count, to: own(thread))
        return UnsafePointer(own(thread))
    }

    /// A range of a unit's windows forward; `y` is where the first goes.
    func forward(
        _ x: UnsafePointer<Float>, _ range: Range<Int>, to y: UnsafeMutablePointer<Float>,
        bias: UnsafePointer<Float>?, activation: ActivationKind
    ) {
        if isDepthwise, let depthwiseKernel {
            return channelProduct.multiply(
                x, windows: windowOffsets + range.lowerBound, count: range.count, by: depthwiseKernel, to: y,
                bias: bias, activation: activation)
        }
        for group in 0..<groups {
            let first = group * (filters / groups)
            multiplyWindows(
                x + group * windows.channels, rows: windowOffsets + range.lowerBound, count: range.count,
                depths: elementOffsets, by: forward, scratch.values + group * forward.count, to: y + first,
                leadingC: filters, bias: bias.map { $0 + first }, activation: activation)
        }
    }

    /// Adds a unit's windows to the kernel's gradient, or begins with them.
    func addKernelGradient(
        _ x: UnsafePointer<Float>, _ dz: UnsafePointer<Float>, _ count: Int,
        to sum: UnsafeMutablePointer<Float>, isFirst: Bool, thread: Int
    ) {
        if isDepthwise {
            return channelProduct.kernelGradient(
                x, windows: windowOffsets, count: count, dz, to: sum, accumulate: !isFirst)
        }
        let panels = own(thread) + paddedCount
        for start in stride(from: 0, to: count, by: block) {
            let matrix = PackedMatrix(
                columns: filters / groups, depth: min(block, count - start), leading: filters)
            for group in 0..<groups {
                let first = group * (filters / groups)
                matrix.layOut(dz + start * filters + first, to: panels)
                multiplyWindows(
                    x + group * windows.channels, rows: elementOffsets, count: windows.windowCount,
                    depths: windowOffsets + start, by: matrix, panels, to: sum + first, leadingC: filters,
                    accumulate: !isFirst || start > 0)
            }
        }
    }

    /// The input's gradient by a unit.
    func inputGradient(
        _ dz: UnsafePointer<Float>, _ samples: Range<Int>, to gradient: UnsafeMutablePointer<Float>,
        thread: Int
    ) {
        let first = gradient + samples.lowerBound * windows.input.product * windows.placeStride
        let place = hasPadding ? own(thread) : first
        let lengths = padded.input.product * windows.placeStride
        Kernels.fill(place, count: samples.count * lengths, with: 0)
        addInputGradient(dz, windows: samples.count * windowsPerSample, to: place)
        if hasPadding { windows.crop(place, samples: samples.count, to: first) }
    }

    private func addInputGradient(
        _ dz: UnsafePointer<Float>, windows count: Int, to place: UnsafeMutablePointer<Float>
    ) {
        if isDepthwise, let depthwiseKernel {
            return channelProduct.addInputGradient(
                dz, windows: windowOffsets, count: count, by: depthwiseKernel, to: place)
        }
        for group in 0..<groups {
            for element in 0..<windows.size.product {
                addToWindows(
                    dz + group * (filters / groups), leadingA: filters, rows: windowOffsets,
                    count: count, by: back,
                    scratch.values + (group * windows.size.product + element) * back.count,
                    to: place + elementOffsets[element * windows.channels] + group * windows.channels)
            }
        }
    }

    private var channelProduct: ChannelProduct {
        ChannelProduct(elements: elementOffsets, count: windows.size.product, channels: filters)
    }
}

/// Lays out the matrices of all groups and places, some columns at a time.
private struct KernelLayout: SharedPass {
    let matrix: PackedMatrix
    let kernel: UnsafePointer<Float>
    let places: Int
    let placeStep: Int
    let groupStep: Int
    let panels: UnsafeMutablePointer<Float>

    var piecesPerMatrix: Int {
        (matrix.columns + PackedMatrix.columnsAtOnce - 1) / PackedMatrix.columnsAtOnce
    }

    func run(_ span: Range<Int>, part: Int) {
        for index in span {
            let (number, piece) = index.quotientAndRemainder(dividingBy: piecesPerMatrix)
            let (group, place) = number.quotientAndRemainder(dividingBy: places)
            let first = piece * PackedMatrix.columnsAtOnce
            matrix.layOut(
                kernel + place * placeStep + group * groupStep,
                columns: first..<min(matrix.columns, first + PackedMatrix.columnsAtOnce),
                to: panels + number * matrix.count)
        }
    }
}

/// A product that is no more than an `Int` holds, so that memory is refused rather than miscounted.
private func clampedProduct(_ x: Int, _ y: Int) -> Int {
    let (product, overflow) = x.multipliedReportingOverflow(by: y)
    return overflow ? .max : product
}

/// So many floats of both, up to the end of a line of the cache.
private func wholeLines(_ x: Int, _ y: Int) -> Int {
    let line = Arena.alignment / MemoryLayout<Float>.size
    let (sum, overflow) = x.addingReportingOverflow(y)
    return overflow || sum > .max - line ? .max : (sum + line - 1) / line * line
}
