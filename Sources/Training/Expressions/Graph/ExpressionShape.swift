/// The element type of a tensor in an expression; every element is held as a float32.
///
/// Whole numbers are exact up to 2²⁴. Types are ordered as Keras promotes them.
enum ExpressionKind: UInt8, Sendable, Comparable {
    case boolean, integer, float

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// One extent of a shape: a number, or a multiple of the rows in a batch.
struct ExpressionExtent: Sendable, Hashable, CustomStringConvertible {
    var fixed = 0
    var perRow = 0

    static let one = ExpressionExtent(fixed: 1)
    static let batch = ExpressionExtent(perRow: 1)

    /// Whether the extent is the same for every batch.
    var isFixed: Bool { perRow == 0 }

    var description: String {
        isFixed ? "\(fixed)" : perRow == 1 ? "batch" : "\(perRow)·batch"
    }
}

/// The shape of a tensor, whose extents may depend on the rows in a batch.
///
/// It holds no reference, so that it can be evaluated while a program runs.
struct ExpressionShape: Sendable, Hashable, CustomStringConvertible {
    /// The most axes a tensor may have.
    static let maximumRank = 8

    private(set) var rank = 0
    private var fixed = SIMD8<Int>(repeating: 0)
    private var perRow = SIMD8<Int>(repeating: 0)

    /// The shape of a single number.
    static let scalar = ExpressionShape()

    private init() {}

    /// A shape of at most eight axes.
    init(_ extents: [ExpressionExtent]) throws {
        guard extents.count <= Self.maximumRank else {
            throw ExpressionFault("a tensor has at most \(Self.maximumRank) axes, not \(extents.count)")
        }
        rank = extents.count
        for (axis, extent) in extents.enumerated() {
            fixed[axis] = extent.fixed
            perRow[axis] = extent.perRow
        }
    }

    subscript(axis: Int) -> ExpressionExtent { ExpressionExtent(fixed: fixed[axis], perRow: perRow[axis]) }

    /// The extents in order.
    var extents: [ExpressionExtent] { (0..<rank).map { self[$0] } }

    var description: String {
        "(\(extents.map(\.description).joined(separator: ", "))\(rank == 1 ? "," : ""))"
    }

    /// The extents for a batch of `rows`; those behind the rank are 0.
    func extents(rows: Int) -> SIMD8<Int> { fixed &+ perRow &* rows }

    /// How many elements a batch of `rows` takes, or nil if no `Int` holds it.
    func count(rows: Int) -> Int? {
        var count = 1
        for axis in 0..<rank {
            let (part, partOverflows) = perRow[axis].multipliedReportingOverflow(by: rows)
            let (extent, extentOverflows) = part.addingReportingOverflow(fixed[axis])
            let (product, overflows) = count.multipliedReportingOverflow(by: extent)
            if partOverflows || extentOverflows || overflows { return nil }
            count = product
        }
        return count
    }

    /// The number of elements as a factor times a power of the rows, or nil if no `Int` holds the factor.
    var volume: (factor: Int, power: Int)? {
        var factor = 1
        for extent in extents {
            let (product, overflows) = factor.multipliedReportingOverflow(
                by: extent.isFixed ? extent.fixed : extent.perRow)
            if overflows { return nil }
            factor = product
        }
        return (factor, extents.count { !$0.isFixed })
    }

    /// The shape to which NumPy broadcasts two.
    static func broadcast(_ left: Self, _ right: Self) throws -> Self {
        let rank = max(left.rank, right.rank)
        var extents: [ExpressionExtent] = []
        for axis in 0..<rank {
            let a = axis < rank - left.rank ? .one : left[axis - (rank - left.rank)]
            let b = axis < rank - right.rank ? .one : right[axis - (rank - right.rank)]
            guard a == b || a == .one || b == .one else {
                throw ExpressionFault(
                    "the shapes \(left) and \(right) do not broadcast: \(a) and \(b) differ and neither is 1")
            }
            extents.append(a == .one ? b : a)
        }
        return try ExpressionShape(extents)
    }

    /// Counts an axis from the front, whichever end it was counted from.
    func axis(_ axis: Int, of count: Int? = nil) throws -> Int {
        let count = count ?? rank
        guard axis >= -count, axis < count else {
            throw ExpressionFault(
                count == 0
                    ? "a single number has no axis \(axis)"
                    : "axis \(axis) is outside of \(-count)…\(count - 1) for the shape \(self)")
        }
        return axis < 0 ? axis + count : axis
    }
}
