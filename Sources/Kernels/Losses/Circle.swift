#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Circle loss (Sun et al., 2020; `circle` in keras/src/losses/losses.py): embeddings of one class are drawn together,
/// those of different ones apart, each pair by as much as it is off.
public struct Circle {
    private let margin: Float
    private let gamma: Float
    private let leavesOutItself: Bool
    /// `max(1 − x·y, 0)` for each pair, and for each row the logarithms of the sums over its own class and the others.
    private let distances: UnsafeMutablePointer<Float>
    private let ownSums: UnsafeMutablePointer<Float>
    private let otherSums: UnsafeMutablePointer<Float>

    /// For batches of at most `rows`; `scratch` has room for `rows · (rows + 2)` floats.
    public init(
        margin: Float, gamma: Float, removesDiagonal: Bool, rows: Int, scratch: UnsafeMutablePointer<Float>
    ) {
        self.margin = margin
        self.gamma = gamma
        leavesOutItself = removesDiagonal
        distances = scratch
        ownSums = scratch + rows * rows
        otherSums = ownSums + rows
    }

    /// Writes each row's loss.
    public func values(
        _ labels: UnsafePointer<Float>, _ embeddings: UnsafePointer<Float>, rows: Int, columns: Int,
        to values: UnsafeMutablePointer<Float>
    ) {
        for row in 0..<rows {
            let line = distances + row * rows
            for other in 0..<rows {
                let cosine = shortDot(
                    embeddings + row * columns, embeddings + other * columns, count: columns)
                line[other] = max(1 - cosine, 0)
            }
            ownSums[row] = logSum(labels, row: row, rows: rows, isOwn: true)
            otherSums[row] = logSum(labels, row: row, rows: rows, isOwn: false)
            let sum = ownSums[row] + otherSums[row]
            values[row] = sum == -.infinity ? 0 : max(sum, 0) + log1pf(expf(-sum.magnitude))
        }
    }

    /// Writes the derivative by the embeddings, each row's loss times its scale, for the batch that `values` was given.
    public func gradients(
        _ labels: UnsafePointer<Float>, _ embeddings: UnsafePointer<Float>, scales: UnsafePointer<Float>,
        rows: Int, columns: Int, to gradient: UnsafeMutablePointer<Float>
    ) {
        fill(gradient, count: rows * columns, with: 0)
        for row in 0..<rows {
            let sum = ownSums[row] + otherSums[row]
            let scale = scales[row] / (1 + expf(-sum))
            if scale == 0 || sum == -.infinity { continue }
            for other in 0..<rows {
                let distance = distances[row * rows + other]
                guard let isOwn = isOwn(labels, row, other), distance > 0 else { continue }
                let part = expf(term(distance, isOwn) - (isOwn ? ownSums[row] : otherSums[row]))
                let slope = -scale * part * termSlope(distance, isOwn)
                addScaled(
                    embeddings + other * columns, by: slope, to: gradient + row * columns, count: columns)
                addScaled(
                    embeddings + row * columns, by: slope, to: gradient + other * columns, count: columns)
            }
        }
    }

    /// Whether two rows are of one class; nil for a row and itself where that pair is left out.
    @inline(__always)
    private func isOwn(_ labels: UnsafePointer<Float>, _ row: Int, _ other: Int) -> Bool? {
        if row == other, leavesOutItself { return nil }
        return labels[row].rounded(.towardZero) == labels[other].rounded(.towardZero)
    }

    /// What a pair at a distance puts in the sum of exponentials.
    @inline(__always)
    private func term(_ distance: Float, _ isOwn: Bool) -> Float {
        isOwn
            ? gamma * max(margin + distance, 0) * (distance - margin)
            : gamma * max(1 + margin - distance, 0) * (1 - margin - distance)
    }

    @inline(__always)
    private func termSlope(_ distance: Float, _ isOwn: Bool) -> Float {
        if isOwn { return margin + distance >= 0 ? 2 * gamma * distance : 0 }
        return 1 + margin - distance >= 0 ? -2 * gamma * (1 - distance) : 0
    }

    private func logSum(_ labels: UnsafePointer<Float>, row: Int, rows: Int, isOwn wanted: Bool) -> Float {
        var peak = -Float.infinity
        for other in 0..<rows where isOwn(labels, row, other) == wanted {
            peak = max(peak, term(distances[row * rows + other], wanted))
        }
        if peak == -.infinity { return peak }
        var total: Float = 0
        for other in 0..<rows where isOwn(labels, row, other) == wanted {
            total += expf(term(distances[row * rows + other], wanted) - peak)
        }
        return peak + logf(total)
    }
}
