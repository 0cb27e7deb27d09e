import Panels

/// The block of C that is held in registers while the depth goes by: up to 6 rows of two vectors. Twelve
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

    /// Adds an outer product for each depth, where A lies evenly.
    @inline(__always)
    init<Layout: EvenLayout>(_ panel: Panel, _ a: UnsafePointer<Float>, _ layout: Layout) {
        let (aRow, aDepth) = (layout.rowStep, layout.depthStep)
        for k in 0..<panel.depth {
            let b = Self.columns(panel, k)
            let column = a + k * aDepth
            row0.add(column[0], b)
            if Height.rows > 1 { row1.add(column[aRow], b) }
            if Height.rows > 2 { row2.add(column[2 * aRow], b) }
            if Height.rows > 3 { row3.add(column[3 * aRow], b) }
            if Height.rows > 4 { row4.add(column[4 * aRow], b) }
            if Height.rows > 5 { row5.add(column[5 * aRow], b) }
        }
    }

    /// Adds an outer product for each depth, where rows and depths of A lie anywhere.
    @inline(__always)
    init(_ panel: Panel, rows: UnsafePointer<Int>, depths: UnsafePointer<Int>) {
        let a0 = panel.a + rows[0]
        let a1 = Height.rows > 1 ? panel.a + rows[1] : a0
        let a2 = Height.rows > 2 ? panel.a + rows[2] : a0
        let a3 = Height.rows > 3 ? panel.a + rows[3] : a0
        let a4 = Height.rows > 4 ? panel.a + rows[4] : a0
        let a5 = Height.rows > 5 ? panel.a + rows[5] : a0
        for k in 0..<panel.depth {
            let b = Self.columns(panel, k)
            let depth = depths[k]
            row0.add(a0[depth], b)
            if Height.rows > 1 { row1.add(a1[depth], b) }
            if Height.rows > 2 { row2.add(a2[depth], b) }
            if Height.rows > 3 { row3.add(a3[depth], b) }
            if Height.rows > 4 { row4.add(a4[depth], b) }
            if Height.rows > 5 { row5.add(a5[depth], b) }
        }
    }

    @inline(__always)
    private static func columns(_ panel: Panel, _ k: Int) -> (TileVector, TileVector) {
        let left = TileVector(at: panel.left + k * panel.step)
        return (left, Width.isWide ? TileVector(at: panel.right + k * panel.step) : TileVector())
    }

    /// Writes the tile to C, row i of it to `c + offset(i)`.
    @inline(__always)
    func store(_ finish: TileFinish, to c: UnsafeMutablePointer<Float>, _ offset: (Int) -> Int) {
        row0.store(to: c + offset(0), finish)
        if Height.rows > 1 { row1.store(to: c + offset(1), finish) }
        if Height.rows > 2 { row2.store(to: c + offset(2), finish) }
        if Height.rows > 3 { row3.store(to: c + offset(3), finish) }
        if Height.rows > 4 { row4.store(to: c + offset(4), finish) }
        if Height.rows > 5 { row5.store(to: c + offset(5), finish) }
    }
}

/// One row of a tile.
struct TileRow<Width: TileWidth> {
    var left = TileVector()
    var right = TileVector()

    @inline(__always)
    mutating func add(_ a: Float, _ b: (TileVector, TileVector)) {
        let factor = TileVector(repeating: a)
        left.addProduct(factor, b.0)
        if Width.isWide { right.addProduct(factor, b.1) }
    }

    @inline(__always)
    func store(to c: UnsafeMutablePointer<Float>, _ finish: TileFinish) {
        // Apart, since what has a loop in it would not be inlined.
        if finish.lanes.count < TileVector.scalarCount { return storeLanes(to: c, finish) }
        var (left, right) = (left + finish.leftBias, right + finish.rightBias)
        // Both halves are read before either is written, because they may overlap.
        if finish.accumulate {
            left += TileVector(at: UnsafePointer(c))
            if Width.isWide { right += TileVector(at: UnsafePointer(c) + finish.rightOffset) }
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

/// What happens to a tile as it is stored; see `Panel`.
struct TileFinish {
    let accumulate: Bool
    var leftBias = TileVector()
    var rightBias = TileVector()
    let floor: Float
    let rightOffset: Int
    let lanes: Range<Int>

    init(_ panel: Panel) {
        accumulate = panel.accumulate
        floor = panel.floor
        rightOffset = panel.rightOffset
        lanes = panel.lanes
        guard let bias = panel.bias else { return }
        for lane in 0..<panel.lanes.upperBound { leftBias[lane] = bias[lane] }
        if panel.isWide { rightBias = TileVector(at: bias + panel.rightOffset) }
    }

    @inline(__always)
    func bounded(_ x: TileVector) -> TileVector { x.atLeast(TileVector(repeating: floor)) }
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

/// Whether a tile has two vectors in a row or one.
protocol TileWidth {
    static var isWide: Bool { get }
}

enum Wide: TileWidth { static var isWide: Bool { true } }
enum Narrow: TileWidth { static var isWide: Bool { false } }
