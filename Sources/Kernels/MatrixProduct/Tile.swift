/// The block of C that is held in registers while the depth goes by: up to 6 rows of 16 columns. Twelve
/// accumulators, two registers for B and one for A leave one of AVX2's sixteen over.
///
/// Height and width are types, so that the compiler makes a loop for each and leaves out what it excludes.
struct Tile<Height: TileHeight, Width: TileWidth> {
    var row0 = TileRow<Width>()
    var row1 = TileRow<Width>()
    var row2 = TileRow<Width>()
    var row3 = TileRow<Width>()
    var row4 = TileRow<Width>()
    var row5 = TileRow<Width>()

    /// Zeros.
    @inline(__always)
    init() {}

    /// Adds an outer product for each depth.
    @inline(__always)
    init<Layout: ALayout>(a: UnsafePointer<Float>, layout: Layout, b panel: BPanel) {
        let (aRow, aDepth) = (layout.rowStep, layout.depthStep)
        for k in 0..<panel.depth {
            let left = Vector(at: panel.left + k * panel.step)
            let b = (left, Width.isWide ? Vector(at: panel.right + k * panel.step) : Vector())
            let column = a + k * aDepth
            row0.add(column[0], b)
            if Height.rows > 1 { row1.add(column[aRow], b) }
            if Height.rows > 2 { row2.add(column[2 * aRow], b) }
            if Height.rows > 3 { row3.add(column[3 * aRow], b) }
            if Height.rows > 4 { row4.add(column[4 * aRow], b) }
            if Height.rows > 5 { row5.add(column[5 * aRow], b) }
        }
    }

    /// Writes the tile to C, whose first element it covers is `c`.
    @inline(__always)
    func store(to c: UnsafeMutablePointer<Float>, leading: Int, _ finish: TileFinish) {
        row0.store(to: c, finish)
        if Height.rows > 1 { row1.store(to: c + leading, finish) }
        if Height.rows > 2 { row2.store(to: c + 2 * leading, finish) }
        if Height.rows > 3 { row3.store(to: c + 3 * leading, finish) }
        if Height.rows > 4 { row4.store(to: c + 4 * leading, finish) }
        if Height.rows > 5 { row5.store(to: c + 5 * leading, finish) }
    }
}

/// One row of a tile.
struct TileRow<Width: TileWidth> {
    var left = Vector()
    var right = Vector()

    @inline(__always)
    mutating func add(_ a: Float, _ b: (Vector, Vector)) {
        let factor = Vector(repeating: a)
        left.addProduct(factor, b.0)
        if Width.isWide { right.addProduct(factor, b.1) }
    }

    @inline(__always)
    func store(to c: UnsafeMutablePointer<Float>, _ finish: TileFinish) {
        // Apart, since what has a loop in it would not be inlined.
        if finish.lanes.count < 8 { return storeLanes(to: c, finish) }
        var (left, right) = (left + finish.leftBias, right + finish.rightBias)
        // Both halves are read before either is written, because they may overlap.
        if finish.accumulate {
            left += Vector(at: UnsafePointer(c))
            if Width.isWide { right += Vector(at: UnsafePointer(c) + finish.rightOffset) }
        }
        finish.bounded(left).store(to: c)
        if Width.isWide { finish.bounded(right).store(to: c + finish.rightOffset) }
    }

    /// Writes those lanes of the left half that belong to C.
    @inline(never)
    private func storeLanes(to c: UnsafeMutablePointer<Float>, _ finish: TileFinish) {
        let left = left + finish.leftBias
        for lane in finish.lanes {
            let value = finish.accumulate ? c[lane] + left[lane] : left[lane]
            c[lane] = value < finish.floor ? finish.floor : value
        }
    }
}

/// What happens to a tile as it is stored.
struct TileFinish {
    /// Whether C is added to.
    var accumulate: Bool
    var leftBias = Vector()
    var rightBias = Vector()
    /// What no element may be less than.
    var floor: Float
    /// Where the right half goes, from where the left one goes: 8, or less where it overlaps.
    var rightOffset = 8
    /// The lanes of a narrow tile that belong to C.
    var lanes = 0..<8

    @inline(__always)
    func bounded(_ x: Vector) -> Vector { x.atLeast(Vector(repeating: floor)) }
}

/// How many rows a tile has.
protocol TileHeight {
    static var rows: Int { get }
}

enum OneRow: TileHeight { static var rows: Int { 1 } }
enum TwoRows: TileHeight { static var rows: Int { 2 } }
enum ThreeRows: TileHeight { static var rows: Int { 3 } }
enum FourRows: TileHeight { static var rows: Int { 4 } }
enum FiveRows: TileHeight { static var rows: Int { 5 } }
enum SixRows: TileHeight { static var rows: Int { 6 } }

/// Whether a tile has sixteen columns or eight.
protocol TileWidth {
    static var isWide: Bool { get }
}

enum Wide: TileWidth { static var isWide: Bool { true } }
enum Narrow: TileWidth { static var isWide: Bool { false } }

/// How op(A) lies: the way from one row to the next and from one depth to the next.
protocol ALayout {
    var rowStep: Int { get }
    var depthStep: Int { get }
}

/// `[rows, depth]`.
struct RowMajor: ALayout {
    let leading: Int
    var rowStep: Int { leading }
    var depthStep: Int { 1 }
}

/// `[depth, rows]`.
struct ColumnMajor: ALayout {
    let leading: Int
    var rowStep: Int { 1 }
    var depthStep: Int { leading }
}

/// Panels of six rows, packed.
struct PackedRows: ALayout {
    var rowStep: Int { 1 }
    var depthStep: Int { TileSize.rows }
}

enum TileSize {
    static let rows = 6
    static let columns = 16
}

/// The columns of B that a tile multiplies with.
struct BPanel {
    /// Eight columns, and the other eight.
    var left, right: UnsafePointer<Float>
    /// Floats from one depth to the next.
    var step: Int
    var depth: Int
}

/// Computes a tile of `rows` (1 to 6) rows and stores it.
@inline(__always)
func computeTile<Width: TileWidth, Layout: ALayout>(
    rows: Int, _: Width.Type, a: UnsafePointer<Float>, layout: Layout, b: BPanel,
    c: UnsafeMutablePointer<Float>, leading: Int, finish: TileFinish
) {
    switch rows {
    case 6: Tile<SixRows, Width>(a: a, layout: layout, b: b).store(to: c, leading: leading, finish)
    case 5: Tile<FiveRows, Width>(a: a, layout: layout, b: b).store(to: c, leading: leading, finish)
    case 4: Tile<FourRows, Width>(a: a, layout: layout, b: b).store(to: c, leading: leading, finish)
    case 3: Tile<ThreeRows, Width>(a: a, layout: layout, b: b).store(to: c, leading: leading, finish)
    case 2: Tile<TwoRows, Width>(a: a, layout: layout, b: b).store(to: c, leading: leading, finish)
    default: Tile<OneRow, Width>(a: a, layout: layout, b: b).store(to: c, leading: leading, finish)
    }
}
