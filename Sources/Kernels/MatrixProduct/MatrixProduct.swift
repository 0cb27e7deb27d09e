import Panels

/// A matrix product `C = op(A) · op(B)`, planned once and run many times: row-major, single precision, with
/// leading dimensions, either operand transposed, and a bias and an activation applied on the way out.
///
/// The work may be cut into parts for several threads. An element's sum always runs over the depth in the same
/// order, so the bits of C do not depend on the number of parts.
public struct MatrixProduct: Sendable {
    /// Rows of C.
    public let rows: Int
    /// Columns of C.
    public let columns: Int
    /// The length that is summed over.
    public let depth: Int
    /// Whether A is stored `[depth, rows]` instead of `[rows, depth]`.
    public let transposeA: Bool
    /// Whether B is stored `[columns, depth]` instead of `[depth, columns]`.
    public let transposeB: Bool
    /// Floats from one stored row of A to the next.
    public let leadingA: Int
    /// Floats from one stored row of B to the next.
    public let leadingB: Int
    /// Floats from one row of C to the next.
    public let leadingC: Int

    let lanes: Lanes
    let method: Method

    /// How the product is computed; it depends on the shape alone.
    enum Method {
        /// C is one row, or one dense column seen as a row.
        case vector
        /// A is read where it lies.
        case small
        /// Both operands are packed, block by block.
        case packed
    }

    /// Plans a product. A leading dimension that is not given is that of a dense matrix; vectors longer than C's rows
    /// are not used.
    public init(
        rows: Int, columns: Int, depth: Int, transposeA: Bool = false, transposeB: Bool = false,
        leadingA: Int? = nil, leadingB: Int? = nil, leadingC: Int? = nil,
        lanes: Lanes = .widest
    ) {
        self.rows = rows
        self.columns = columns
        self.depth = depth
        self.transposeA = transposeA
        self.transposeB = transposeB
        self.leadingA = leadingA ?? (transposeA ? rows : depth)
        self.leadingB = leadingB ?? (transposeB ? depth : columns)
        self.leadingC = leadingC ?? columns
        self.lanes = columns < lanes.rawValue ? .eight : lanes
        if rows == 1 || (columns == 1 && self.leadingC == 1) {
            method = .vector
        } else {
            method = Self.isSmall(rows: rows, columns: columns, depth: depth) ? .small : .packed
        }
    }

    /// Whether A stays in the second-level cache and a panel of B in the first.
    private static func isSmall(rows: Int, columns: Int, depth: Int) -> Bool {
        depth <= smallDepth && rows <= 192
    }

    /// The deepest product whose A is read where it lies.
    private static let smallDepth = 1024

    /// The columns of a panel of B.
    var panelColumns: Int { Panel.columns(lanes) }

    /// The rows of a panel of A, and the most of a tile.
    var tileRows: Int { lanes.tileRows }

    /// How many floats B takes in panels, for so many of its columns and depths.
    func panelCount(columns: Int, depth: Int) -> Int {
        (columns + panelColumns - 1) / panelColumns * panelColumns * depth
    }

    /// How many floats of scratch space one part needs when the product is cut into `parts`; enough for a product
    /// with fewer rows or a shorter depth as well, which may be computed in another way.
    public func scratchCount(parts: Int = 1) -> Int {
        switch method {
        case .vector: depth
        case .small: SmallProduct.scratchCount(depth: depth)
        case .packed:
            max(
                PackedProduct.scratchCount(self, parts: parts),
                SmallProduct.scratchCount(depth: min(depth, Self.smallDepth)))
        }
    }

    /// Computes one part of `C = op(A) · op(B)`.
    ///
    /// - `accumulate`: whether the product is added to what C holds.
    /// - `bias`: a value for each column, added to C; none if nil.
    /// - `activation`: applied to what C then holds.
    /// - `scratch`: `scratchCount(parts:)` floats that no other part uses meanwhile.
    /// - `part`: which part, from 0; all of them together compute C.
    /// - `parts`: into how many parts the work is cut.
    public func run(
        a: UnsafePointer<Float>, b: UnsafePointer<Float>, c: UnsafeMutablePointer<Float>,
        accumulate: Bool = false, bias: UnsafePointer<Float>? = nil, activation: ActivationKind = .linear,
        scratch: UnsafeMutablePointer<Float>, part: Int = 0, of parts: Int = 1
    ) {
        let range = self.range(part: part, of: parts)
        if range.isEmpty { return }
        let output = Output(
            c: c, leading: leadingC, accumulate: accumulate, bias: bias, activation: activation)
        switch method {
        case .vector: VectorProduct.run(self, a: a, b: b, output: output, range: range, scratch: scratch)
        case .small: SmallProduct.run(self, a: a, b: b, output: output, range: range, scratch: scratch)
        case .packed: PackedProduct.run(self, a: a, b: b, output: output, range: range, scratch: scratch)
        }
    }
}

/// Where a product goes, and what is done to it on the way.
struct Output {
    var c: UnsafeMutablePointer<Float>
    let leading: Int
    var accumulate: Bool
    var bias: UnsafePointer<Float>?
    let activation: ActivationKind
    /// Whether C will be whole, and the activation is applied.
    var isLast = true

    /// The bound of a plain relu, which tiles apply as they store; −∞ for other activations.
    var floor: Float { isLast && isRectifier ? 0 : -.infinity }

    private var isRectifier: Bool {
        if case .relu(let slope, let maxValue, let threshold) = activation {
            return slope == 0 && maxValue == nil && threshold == 0
        }
        return false
    }

    /// What becomes of the sums up to the end of `depths`: those before are added to, and the last are finished.
    func step(_ depths: Range<Int>, of depth: Int) -> Output {
        var output = self
        output.isLast = depths.upperBound == depth
        output.accumulate = accumulate || depths.lowerBound > 0
        if !output.isLast { output.bias = nil }
        return output
    }

    /// The output from a row of C on.
    func from(row: Int) -> Output {
        var output = self
        output.c += row * leading
        return output
    }

    /// Applies the activation, where tiles have not, to a finished block of C.
    func activate(rows: Range<Int>, columns: Range<Int>) {
        if !isLast || activation == .linear || isRectifier { return }
        if columns.count == leading {
            let start = c + rows.lowerBound * leading
            activation.forward(start, to: start, count: rows.count * leading)
            return
        }
        for row in rows {
            let start = c + row * leading + columns.lowerBound
            activation.forward(start, to: start, count: columns.count)
        }
    }
}

enum Scratch {
    /// Floats in a cache line.
    static let alignment = 16

    /// The first address at or after `pointer` that begins a cache line.
    static func aligned(_ pointer: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<Float> {
        let address = UInt(bitPattern: pointer)
        return pointer + Int((64 - (address & 63)) & 63) / 4
    }
}
