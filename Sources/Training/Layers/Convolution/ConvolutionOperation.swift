import Kernels
import Protocol

/// A convolution on buffers whose channels are last. Its products read windows where they lie, some samples at a time:
/// in the input, or in a copy of these samples with the zeros around them. Threads take whole units of samples forward,
/// and whole shares of the batch back.
final class ConvolutionOperation: Operation {
    private let input: Tensor
    private let output: Tensor
    private let kernel: WeightSlot
    private let bias: WeightSlot?
    private let activation: ActivationRun
    private let filters: Int
    private let units: ConvolutionUnits
    private let beforeActivation: UnsafeMutablePointer<Float>
    private let innerGradient: UnsafeMutablePointer<Float>?
    /// Shares of a full batch whose gradients are summed apart; as many for any number of threads.
    private let mostShares: Int
    /// The gradients of kernel and bias by each share after the first.
    private let shareGradients: UnsafeMutablePointer<Float>

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
        let channels = input.shape[input.shape.count - 1]
        units = try ConvolutionUnits(
            geometry.windows(
                over: Array(input.shape.dropFirst().dropLast()), channels: channels / groups,
                placeStride: channels),
            filters: filters, groups: groups, site)
        let total = input.rows * units.windowsPerSample
        mostShares = units.cost(windows: total) < Self.smallest ? 1 : min(8, input.rows)
        shareGradients = try site.buffer(site.isTraining ? (mostShares - 1) * (kernel.count + filters) : 0)
        let changesShape = activation.form == .glu
        let keeps = changesShape || (site.isTraining && activation.backwardNeedsInput)
        beforeActivation = keeps ? try site.buffer(total * filters) : output.values
        innerGradient = changesShape && site.isTraining ? try site.buffer(total * filters) : output.gradient
    }

    /// On how many threads `windows` windows are worth the while, where there are so many pieces of work.
    private func threads(windows count: Int, pieces: Int, _ team: ThreadTeam) -> Int {
        units.cost(windows: count) < Self.smallest ? 1 : min(team.threads, pieces)
    }

    override func forward(_ step: Step) {
        let total = step.rows * units.windowsPerSample
        units.layOutKernel(kernel.values, step.team)
        // A unit is cut where there are not enough of them.
        let count = max(1, (step.rows + units.samples - 1) / units.samples)
        let cuts = min(
            (step.team.threads + count - 1) / count,
            max(1, units.samples * units.windowsPerSample / ConvolutionUnits.leastWindows))
        let parts = threads(windows: total, pieces: count * cuts, step.team)
        step.team.parallel(
            parts: parts,
            Forward(operation: self, rows: step.rows, pieces: count * cuts, cuts: cuts, parts: parts))
        if activation.fused == nil, !activation.isLinear {
            activation.forward(
                beforeActivation, to: output.values, rows: total, columns: filters, step.team)
        }
    }

    override func backward(_ step: Step) {
        guard let outputGradient = output.gradient, let innerGradient else { return }
        let total = step.rows * units.windowsPerSample
        if activation.fused == nil, !activation.isLinear {
            activation.backward(
                x: beforeActivation, y: output.values, dy: outputGradient, dx: innerGradient, rows: total,
                columns: filters, step.team)
        }
        if input.gradient != nil { units.layOutTransposedKernel(kernel.values, step.team) }
        let shares = min(mostShares, step.rows)
        let parts = threads(windows: total, pieces: shares, step.team)
        step.team.parallel(
            parts: parts,
            Backward(operation: self, dz: innerGradient, rows: step.rows, shares: shares, parts: parts))
        if shares > 1 {
            sumShares(shares, at: 0, count: kernel.count, to: kernel.gradient, step.team)
            sumShares(shares, at: kernel.count, count: filters, to: bias?.gradient, step.team)
        }
    }

    private func sumShares(
        _ shares: Int, at offset: Int, count: Int, to sum: UnsafeMutablePointer<Float>?, _ team: ThreadTeam
    ) {
        guard let sum else { return }
        let pass = ShareSum(
            shares: shareGradients + offset, step: kernel.count + filters, others: shares - 1, sum: sum)
        team.share(pass, count: count, cost: count * shares, unit: 32)
    }

    /// Every `parts`-th piece forward.
    private struct Forward: ParallelBody {
        unowned(unsafe) let operation: ConvolutionOperation
        let rows: Int
        let pieces: Int
        let cuts: Int
        let parts: Int

        func run(part: Int) {
            for piece in stride(from: part, to: pieces, by: parts) {
                let (unit, cut) = piece.quotientAndRemainder(dividingBy: cuts)
                let first = unit * operation.units.samples
                let samples = first..<min(rows, first + operation.units.samples)
                let count = samples.count * operation.units.windowsPerSample
                operation.forward(samples, cut * count / cuts..<(cut + 1) * count / cuts, thread: part)
            }
        }
    }

    /// Some windows of a unit forward.
    private func forward(_ samples: Range<Int>, _ range: Range<Int>, thread: Int) {
        let x = units.place(input.values, samples, thread: thread)
        let first = (samples.lowerBound * units.windowsPerSample + range.lowerBound) * filters
        let place = beforeActivation + first
        let keeps = beforeActivation != output.values
        units.forward(
            x, range, to: place, bias: bias.map { UnsafePointer($0.values) },
            activation: keeps ? .linear : activation.fused ?? .linear)
        if keeps, let kind = activation.fused {
            kind.forward(place, to: output.values + first, count: range.count * filters)
        }
    }

    /// Every `parts`-th share of the samples back.
    private struct Backward: ParallelBody {
        unowned(unsafe) let operation: ConvolutionOperation
        let dz: UnsafeMutablePointer<Float>
        let rows: Int
        let shares: Int
        let parts: Int

        func run(part: Int) {
            for share in stride(from: part, to: shares, by: parts) {
                let (first, last) = (share * rows / shares, (share + 1) * rows / shares)
                for sample in stride(from: first, to: last, by: operation.units.samples) {
                    let samples = sample..<min(last, sample + operation.units.samples)
                    operation.backward(samples, dz, share: share, isFirst: sample == first, thread: part)
                }
            }
        }
    }

    /// A unit back, while what it reads is near.
    private func backward(
        _ samples: Range<Int>, _ dz: UnsafeMutablePointer<Float>, share: Int, isFirst: Bool, thread: Int
    ) {
        let first = samples.lowerBound * units.windowsPerSample * filters
        let windows = samples.count * units.windowsPerSample
        let dz = dz + first
        if let kind = activation.fused, !activation.isLinear, let dy = output.gradient {
            kind.backward(
                x: beforeActivation + first, y: output.values + first, dy: dy + first, dx: dz,
                count: windows * filters)
        }
        let others = shareGradients + max(0, share - 1) * (kernel.count + filters)
        if let gradient = bias?.gradient {
            Kernels.columnSums(
                dz, rows: windows, columns: filters, to: share == 0 ? gradient : others + kernel.count,
                accumulate: !isFirst)
        }
        if let gradient = kernel.gradient {
            let x = units.place(input.values, samples, thread: thread)
            units.addKernelGradient(
                x, dz, windows, to: share == 0 ? gradient : others, isFirst: isFirst, thread: thread)
        }
        if let gradient = input.gradient {
            units.inputGradient(dz, samples, to: gradient, thread: thread)
        }
    }
}

/// Adds the shares' gradients to the first one's, in their order.
private struct ShareSum: SharedPass {
    let shares: UnsafePointer<Float>
    let step: Int
    let others: Int
    let sum: UnsafeMutablePointer<Float>

    func run(_ span: Range<Int>, part: Int) {
        let place = sum + span.lowerBound
        for share in 0..<others {
            Kernels.add(place, shares + share * step + span.lowerBound, to: place, count: span.count)
        }
    }
}
