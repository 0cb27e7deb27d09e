/// Rows of A times one panel of B: what is multiplied, and what becomes of it, apart from the vectors that compute it.
/// Those of AVX-512 are built in a module of their own, so that the rest runs on processors without it.
public struct Panel {
    /// op(A), from its first row.
    public var a: UnsafePointer<Float>
    /// How op(A) lies, and C.
    public var layout: Layout
    /// B's first columns, as many as a vector has lanes, and those that follow.
    public var left, right: UnsafePointer<Float>
    /// Floats from one depth of B to the next.
    public var step: Int
    /// The length that is summed over.
    public var depth: Int
    /// Whether there is a right half.
    public var isWide: Bool
    /// Where C's first row begins in the panel's columns.
    public var c: UnsafeMutablePointer<Float>
    /// Floats from one row of C to the next.
    public var leading: Int
    /// Where the right half of C goes, from where the left one goes: a vector's lanes, or less where they overlap.
    public var rightOffset: Int
    /// The lanes of the left half that belong to C.
    public var lanes: Range<Int>
    /// Whether C is added to.
    public var accumulate: Bool
    /// What no element may be less than.
    public var floor: Float
    /// A value for each column of the left half, added to C; none if nil. The right half's are `rightOffset` on.
    public var bias: UnsafePointer<Float>?

    /// How op(A) lies.
    public enum Layout {
        /// `[rows, depth]`.
        case rows(leading: Int)
        /// `[depth, rows]`.
        case columns(leading: Int)
        /// Panels of as many rows as a tile has, packed, each depth by depth.
        case packed
        /// Element k of row i is at `rows[i] + depths[k]`.
        case windows(rows: UnsafePointer<Int>, depths: UnsafePointer<Int>)
        /// `[rows, depth]`; row i of C is at `rows[i]`.
        case rowsToWindows(leading: Int, rows: UnsafePointer<Int>)
    }

    /// Describes a panel; nothing is checked.
    public init(
        a: UnsafePointer<Float>, layout: Layout, left: UnsafePointer<Float>, right: UnsafePointer<Float>,
        step: Int, depth: Int, isWide: Bool, c: UnsafeMutablePointer<Float>, leading: Int, rightOffset: Int,
        lanes: Range<Int>, accumulate: Bool, floor: Float, bias: UnsafePointer<Float>?
    ) {
        self.a = a
        self.layout = layout
        self.left = left
        self.right = right
        self.step = step
        self.depth = depth
        self.isWide = isWide
        self.c = c
        self.leading = leading
        self.rightOffset = rightOffset
        self.lanes = lanes
        self.accumulate = accumulate
        self.floor = floor
        self.bias = bias
    }
}
