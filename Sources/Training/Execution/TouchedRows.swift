import Protocol

/// Which rows of a table have a gradient in a step. Those of the others are zero, and are neither written nor read.
final class TouchedRows {
    /// 1 for each row with a gradient, 0 for the others.
    let marks: UnsafeMutablePointer<UInt8>
    let rows: Int
    let width: Int
    /// Whether an operation keeps the marks.
    var isKept = false
    /// Whether the optimizer goes by the marks; if not, all of the gradient is to be written.
    var isFollowed = false

    /// Below this many elements a row's gradient is read faster than passed over.
    private static let leastWidth = 32

    /// The marks of a table of this shape; nil when they would not pay.
    init?(shape: [Int], arena: Arena) throws(Problem) {
        guard shape.count == 2, shape[1] >= Self.leastWidth else { return nil }
        (rows, width) = (shape[0], shape[1])
        marks = try arena.take(rows)
    }
}
