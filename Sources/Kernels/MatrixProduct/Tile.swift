/// The block of C that is held in registers while the depth goes by: up to 6 rows of 16 columns. Twelve
/// accumulators, two registers for B and one for A leave one of AVX2's sixteen over.
struct Tile {
    static let rows = 6
    static let columns = 16

    var row0 = TileRow()
    var row1 = TileRow()
    var row2 = TileRow()
    var row3 = TileRow()
    var row4 = TileRow()
    var row5 = TileRow()

    /// Adds `depth` outer products. `rows` and `isWide` are constants where this is called, so what they exclude
    /// is never compiled.
    ///
    /// - Parameters:
    ///   - a: element (i, k) lies at `a[i · aRow + k · aDepth]`.
    ///   - left: eight columns of B, row k at `left[k · bDepth]`; `right` the other eight, if the tile is wide.
    @inline(__always)
    init(
        rows: Int, isWide: Bool, depth: Int, a: UnsafePointer<Float>, aRow: Int, aDepth: Int,
        left: UnsafePointer<Float>, right: UnsafePointer<Float>, bDepth: Int
    ) {
        for k in 0..<depth {
            let b = (Vector(at: left + k * bDepth), isWide ? Vector(at: right + k * bDepth) : Vector())
            let column = a + k * aDepth
            row0.add(column[0], b, isWide)
            if rows > 1 { row1.add(column[aRow], b, isWide) }
            if rows > 2 { row2.add(column[2 * aRow], b, isWide) }
            if rows > 3 { row3.add(column[3 * aRow], b, isWide) }
            if rows > 4 { row4.add(column[4 * aRow], b, isWide) }
            if rows > 5 { row5.add(column[5 * aRow], b, isWide) }
        }
    }

    /// Writes the tile to C, whose first element it covers is `c`.
    @inline(__always)
    func store(rows: Int, isWide: Bool, to c: UnsafeMutablePointer<Float>, leading: Int, _ finish: TileFinish)
    {
        row0.store(isWide, to: c, finish)
        if rows > 1 { row1.store(isWide, to: c + leading, finish) }
        if rows > 2 { row2.store(isWide, to: c + 2 * leading, finish) }
        if rows > 3 { row3.store(isWide, to: c + 3 * leading, finish) }
        if rows > 4 { row4.store(isWide, to: c + 4 * leading, finish) }
        if rows > 5 { row5.store(isWide, to: c + 5 * leading, finish) }
    }
}

/// One row of a tile.
struct TileRow {
    var left = Vector()
    var right = Vector()

    @inline(__always)
    mutating func add(_ a: Float, _ b: (Vector, Vector), _ isWide: Bool) {
        let factor = Vector(repeating: a)
        left.addProduct(factor, b.0)
        if isWide { right.addProduct(factor, b.1) }
    }

    @inline(__always)
    func store(_ isWide: Bool, to c: UnsafeMutablePointer<Float>, _ finish: TileFinish) {
        var (left, right) = (left + finish.leftBias, right + finish.rightBias)
        if finish.lanes.count == 8 {
            // Both halves are read before either is written, because they may overlap.
            if finish.accumulate {
                left += Vector(at: UnsafePointer(c))
                if isWide { right += Vector(at: UnsafePointer(c) + finish.rightOffset) }
            }
            finish.bounded(left).store(to: c)
            if isWide { finish.bounded(right).store(to: c + finish.rightOffset) }
            return
        }
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

/// How the rows of A lie.
enum ALayout {
    /// `[rows, depth]`, rows this far apart.
    case rowMajor(leading: Int)
    /// `[depth, rows]`, this far from one depth to the next.
    case columnMajor(leading: Int)
    /// Panels of six rows, packed.
    case packed
}

/// Computes a tile of `rows` (1 to 6) rows and stores it.
@inline(__always)
func computeTile(
    rows: Int, isWide: Bool, depth: Int, a: UnsafePointer<Float>, layout: ALayout,
    left: UnsafePointer<Float>, right: UnsafePointer<Float>, bDepth: Int, c: UnsafeMutablePointer<Float>,
    leading: Int, finish: TileFinish
) {
    @inline(__always)
    func tile(_ rows: Int, _ aRow: Int, _ aDepth: Int) {
        Tile(
            rows: rows, isWide: isWide, depth: depth, a: a, aRow: aRow, aDepth: aDepth, left: left,
            right: right, bDepth: bDepth
        ).store(rows: rows, isWide: isWide, to: c, leading: leading, finish)
    }
    @inline(__always)
    func tiles(_ aRow: Int, _ aDepth: Int) {
        switch rows {
        case 6: tile(6, aRow, aDepth)
        case 5: tile(5, aRow, aDepth)
        case 4: tile(4, aRow, aDepth)
        case 3: tile(3, aRow, aDepth)
        case 2: tile(2, aRow, aDepth)
        default: tile(1, aRow, aDepth)
        }
    }
    switch layout {
    case .rowMajor(let leading): tiles(leading, 1)
    case .columnMajor(let leading): tiles(1, leading)
    case .packed: tiles(1, Tile.rows)
    }
}
