import Kernels

/// Work over a span of elements, columns or rows that do not depend on each other, so that its bits are the same
/// however the span is cut.
protocol SharedPass {
    /// Does a part of the span; `part` tells it from those that run at the same time.
    func run(_ span: Range<Int>, part: Int)
}

extension ThreadTeam {
    /// Operations below which one thread is faster than several.
    private static let smallest = 1 << 14

    /// Runs a pass over `0..<count`, cut at multiples of `unit`, on as many threads as `cost` operations are worth.
    func share<Pass: SharedPass>(_ pass: Pass, count: Int, cost: Int, unit: Int = 1) {
        let units = (count + unit - 1) / unit
        if threads == 1 || cost < Self.smallest || units < 2 { return pass.run(0..<count, part: 0) }
        let parts = min(threads, units)
        parallel(parts: parts, Slices(pass: pass, count: count, unit: unit, units: units, parts: parts))
    }

    /// `y = f(x)` for each element.
    func activate(
        _ kind: ActivationKind, _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int
    ) {
        share(ActivationPass(kind: kind, x: x, y: y), count: count, cost: count, unit: 32)
    }

    /// The gradient of `activate`.
    func activateBackward(
        _ kind: ActivationKind, x: UnsafePointer<Float>, y: UnsafePointer<Float>, dy: UnsafePointer<Float>,
        dx: UnsafeMutablePointer<Float>, count: Int
    ) {
        share(
            ActivationGradientPass(kind: kind, x: x, y: y, dy: dy, dx: dx), count: count, cost: count,
            unit: 32)
    }

    /// `sums[j] = Σ_i x[i, j]` of a dense matrix, such as a bias's gradient.
    func columnSums(
        _ x: UnsafePointer<Float>, rows: Int, columns: Int, to sums: UnsafeMutablePointer<Float>
    ) {
        share(
            ColumnSumsPass(x: x, rows: rows, columns: columns, sums: sums), count: columns,
            cost: rows * columns, unit: 16)
    }
}

private struct Slices<Pass: SharedPass>: ParallelBody {
    let pass: Pass
    let count: Int
    let unit: Int
    let units: Int
    let parts: Int

    func run(part: Int) {
        let (base, extra) = units.quotientAndRemainder(dividingBy: parts)
        let first = part * base + min(part, extra)
        let last = first + base + (part < extra ? 1 : 0)
        pass.run(first * unit..<min(count, last * unit), part: part)
    }
}

private struct ActivationPass: SharedPass {
    let kind: ActivationKind
    let x: UnsafePointer<Float>
    let y: UnsafeMutablePointer<Float>

    func run(_ span: Range<Int>, part: Int) {
        kind.forward(x + span.lowerBound, to: y + span.lowerBound, count: span.count)
    }
}

private struct ActivationGradientPass: SharedPass {
    let kind: ActivationKind
    let x: UnsafePointer<Float>
    let y: UnsafePointer<Float>
    let dy: UnsafePointer<Float>
    let dx: UnsafeMutablePointer<Float>

    func run(_ span: Range<Int>, part: Int) {
        let first = span.lowerBound
        kind.backward(x: x + first, y: y + first, dy: dy + first, dx: dx + first, count: span.count)
    }
}

private struct ColumnSumsPass: SharedPass {
    let x: UnsafePointer<Float>
    let rows: Int
    let columns: Int
    let sums: UnsafeMutablePointer<Float>

    func run(_ span: Range<Int>, part: Int) {
        Kernels.columnSums(
            x + span.lowerBound, rows: rows, columns: span.count, leading: columns, to: sums + span.lowerBound
        )
    }
}
