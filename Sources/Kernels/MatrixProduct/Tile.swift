import Panels

/// The block of C that is held in registers while the depth goes by: rows of two vectors, `tileRows` at most. Six rows
/// are twelve accumulators, and with two registers for B and one for A leave one of AVX2's sixteen over; twelve leave
/// five of AVX-512's thirty-two.
///
/// Height and width are types, so that the compiler makes a loop for each and leaves out what it excludes.
struct Tile<Height: TileHeight, Width: TileWidth> {
    var row0 = TileRow<Width>()
    var row1 = TileRow<Width>()
    var row2 = TileRow<Width>()
    var row3 = TileRow<Width>()
    var row4 = TileRow<Width>()
    var row5 = TileRow<Width>()
    var row6 = TileRow<Width>()
    var row7 = TileRow<Width>()
    var row8 = TileRow<Width>()
    var row9 = TileRow<Width>()
    var row10 = TileRow<Width>()
    var row11 = TileRow<Width>()

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
            if Height.rows > 6 { row6.add(column[6 * aRow], b) }
            if Height.rows > 7 { row7.add(column[7 * aRow], b) }
            if Height.rows > 8 { row8.add(column[8 * aRow], b) }
            if Height.rows > 9 { row9.add(column[9 * aRow], b) }
            if Height.rows > 10 { row10.add(column[10 * aRow], b) }
            if Height.rows > 11 { row11.add(column[11 * aRow], b) }
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
        let a6 = Height.rows > 6 ? panel.a + rows[6] : a0
        let a7 = Height.rows > 7 ? panel.a + rows[7] : a0
        let a8 = Height.rows > 8 ? panel.a + rows[8] : a0
        let a9 = Height.rows > 9 ? panel.a + rows[9] : a0
        let a10 = Height.rows > 10 ? panel.a + rows[10] : a0
        let a11 = Height.rows > 11 ? panel.a + rows[11] : a0
        for k in 0..<panel.depth {
            let b = Self.columns(panel, k)
            let depth = depths[k]
            row0.add(a0[depth], b)
            if Height.rows > 1 { row1.add(a1[depth], b) }
            if Height.rows > 2 { row2.add(a2[depth], b) }
            if Height.rows > 3 { row3.add(a3[depth], b) }
            if Height.rows > 4 { row4.add(a4[depth], b) }
            if Height.rows > 5 { row5.add(a5[depth], b) }
            if Height.rows > 6 { row6.add(a6[depth], b) }
            if Height.rows > 7 { row7.add(a7[depth], b) }
            if Height.rows > 8 { row8.add(a8[depth], b) }
            if Height.rows > 9 { row9.add(a9[depth], b) }
            if Height.rows > 10 { row10.add(a10[depth], b) }
            if Height.rows > 11 { row11.add(a11[depth], b) }
        }
    }

    @inline(__always)
    private static func columns(_ panel: Panel, _ k: Int) -> (TileVector, TileVector) {
        let left = TileVector(at: panel.left + k * panel.step)
        return (left, Width.isWide ? TileVector(at: panel.right + k * panel.step) : TileVector())
    }

    /// Writes the tile to C, row i of it to `c + places[i]`. What is transparent is inlined at any size of the caller, so
    /// that sums stay in registers.
    @_transparent
    func store<Places: RowPlaces>(_ finish: TileFinish, to c: UnsafeMutablePointer<Float>, _ places: Places) {
        if !Width.isWide, finish.isPartial {
            storeRows(finish, to: c, places, .lanes)
        } else if finish.accumulate {
            storeRows(finish, to: c, places, .added)
        } else {
            storeRows(finish, to: c, places, .replaced)
        }
    }

    @_transparent
    private func storeRows<Places: RowPlaces>(
        _ finish: TileFinish, to c: UnsafeMutablePointer<Float>, _ places: Places, _ kind: RowStore
    ) {
        row0.store(to: c + places[0], finish, kind)
        if Height.rows > 1 { row1.store(to: c + places[1], finish, kind) }
        if Height.rows > 2 { row2.store(to: c + places[2], finish, kind) }
        if Height.rows > 3 { row3.store(to: c + places[3], finish, kind) }
        if Height.rows > 4 { row4.store(to: c + places[4], finish, kind) }
        if Height.rows > 5 { row5.store(to: c + places[5], finish, kind) }
        if Height.rows > 6 { row6.store(to: c + places[6], finish, kind) }
        if Height.rows > 7 { row7.store(to: c + places[7], finish, kind) }
        if Height.rows > 8 { row8.store(to: c + places[8], finish, kind) }
        if Height.rows > 9 { row9.store(to: c + places[9], finish, kind) }
        if Height.rows > 10 { row10.store(to: c + places[10], finish, kind) }
        if Height.rows > 11 { row11.store(to: c + places[11], finish, kind) }
    }
}

/// How a row is stored.
enum RowStore {
    /// The lanes that belong to C alone.
    case lanes
    /// Added to what C holds.
    case added
    /// In place of it.
    case replaced
}

/// Where the rows of a tile lie in C.
protocol RowPlaces {
    /// Floats from C's beginning to where row `row` of the tile does.
    subscript(row: Int) -> Int { get }
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

    @_transparent
    func store(to c: UnsafeMutablePointer<Float>, _ finish: TileFinish, _ kind: RowStore) {
        if kind == .lanes { return finish.storeLanes(left, to: c) }
        var (left, right) = (left + finish.leftBias, right + finish.rightBias)
        // Both halves are read before either is written, because they may overlap.
        if kind == .added {
            left += TileVector(at: UnsafePointer(c))
            if Width.isWide { right += TileVector(at: UnsafePointer(c) + finish.rightOffset) }
        }
        finish.bounded(left).store(to: c)
        if Width.isWide { finish.bounded(right).store(to: c + finish.rightOffset) }
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
    /// Whether some lanes of the left half are not C's.
    let isPartial: Bool

    init(_ panel: Panel) {
        accumulate = panel.accumulate
        floor = panel.floor
        rightOffset = panel.rightOffset
        lanes = panel.lanes
        isPartial = lanes.count < TileVector.scalarCount
        guard let bias = panel.bias else { return }
        for lane in 0..<panel.lanes.upperBound { leftBias[lane] = bias[lane] }
        if panel.isWide { rightBias = TileVector(at: bias + panel.rightOffset) }
    }

    /// Writes those lanes of a left half that belong to C.
    @inline(never)
    func storeLanes(_ sums: TileVector, to c: UnsafeMutablePointer<Float>) {
        let left = sums + leftBias
        for lane in lanes {
            let value = accumulate ? c[lane] + left[lane] : left[lane]
            c[lane] = value < floor ? floor : value
        }
    }

    @_transparent
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
enum SevenRows: TileHeight { static var rows: Int { 7 } }
enum EightRows: TileHeight { static var rows: Int { 8 } }
enum NineRows: TileHeight { static var rows: Int { 9 } }
enum TenRows: TileHeight { static var rows: Int { 10 } }
enum ElevenRows: TileHeight { static var rows: Int { 11 } }
enum TwelveRows: TileHeight { static var rows: Int { 12 } }

/// Whether a tile has two vectors in a row or one.
protocol TileWidth {
    static var isWide: Bool { get }
}

enum Wide: TileWidth { static var isWide: Bool { true } }
enum Narrow: TileWidth { static var isWide: Bool { false } }
