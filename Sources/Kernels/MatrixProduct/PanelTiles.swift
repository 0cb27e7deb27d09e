import CProcessor
import Panels

/// Multiplies so many rows by a panel, tile by tile.
func multiplyTiles(_ panel: Panel, rows: Int) {
    if panel.isWide { multiplyTiles(panel, rows, Wide.self) } else { multiplyTiles(panel, rows, Narrow.self) }
}

@inline(__always)
private func multiplyTiles<Width: TileWidth>(_ panel: Panel, _ rows: Int, _ width: Width.Type) {
    switch panel.layout {
    case .rows(let leading):
        multiplyEvenTiles(panel, rows, EvenTiles<Width, RowMajor>(RowMajor(leading: leading)))
    case .columns(let leading):
        multiplyEvenTiles(panel, rows, EvenTiles<Width, ColumnMajor>(ColumnMajor(leading: leading)))
    case .packed: multiplyPackedTiles(panel, rows, EvenTiles<Width, PackedRows>(PackedRows()))
    case .windows(let windows, let depths):
        multiplyEvenTiles(panel, rows, WindowTiles<Width>(rows: windows, depths: depths))
    case .rowsToWindows(let leading, let windows):
        multiplyEvenTiles(panel, rows, TilesToWindows<Width>(leading: leading, rows: windows))
    }
}

/// Tiles of as even a height as can be.
@inline(never)
private func multiplyEvenTiles<Tiles: TileKind>(_ panel: Panel, _ rows: Int, _ tiles: Tiles) {
    let finish = TileFinish(panel)
    let count = (rows + Tiles.tallest - 1) / Tiles.tallest
    let (base, taller) = rows.quotientAndRemainder(dividingBy: max(count, 1))
    var row = 0
    for tile in 0..<count {
        let height = tile < taller ? base + 1 : base
        tiles.compute(panel, height, row, finish)
        row += height
    }
}

/// Tiles of the height that A is packed for.
@inline(never)
private func multiplyPackedTiles<Tiles: TileKind>(_ panel: Panel, _ rows: Int, _ tiles: Tiles) {
    let finish = TileFinish(panel)
    for row in stride(from: 0, to: rows, by: tileRows) {
        tiles.compute(panel, min(tileRows, rows - row), row, finish)
    }
}

/// How a tile of some height comes from a panel.
protocol TileKind {
    associatedtype Width: TileWidth

    /// The most rows of one.
    static var tallest: Int { get }

    /// Computes and stores the tile that begins at `row`. It is not inlined: the compiler gives up on inlining what it
    /// calls where a function gets large, and its sums would leave their registers.
    func run<Height: TileHeight>(_: Height.Type, _ panel: Panel, _ row: Int, _ finish: TileFinish)
}

extension TileKind {
    static var tallest: Int { tileRows }

    @inline(__always)
    fileprivate func compute(_ panel: Panel, _ height: Int, _ row: Int, _ finish: TileFinish) {
        computeTile(self, height, panel, row, finish)
    }
}

/// Computes a tile of `height` rows, 1 to 6.
@inline(__always)
func computeLowTile<Tiles: TileKind>(
    _ tiles: Tiles, _ height: Int, _ panel: Panel, _ row: Int, _ finish: TileFinish
) {
    switch height {
    case 6: tiles.run(SixRows.self, panel, row, finish)
    case 5: tiles.run(FiveRows.self, panel, row, finish)
    case 4: tiles.run(FourRows.self, panel, row, finish)
    case 3: tiles.run(ThreeRows.self, panel, row, finish)
    case 2: tiles.run(TwoRows.self, panel, row, finish)
    default: tiles.run(OneRow.self, panel, row, finish)
    }
}

private struct EvenTiles<Width: TileWidth, Layout: EvenLayout>: TileKind {
    let layout: Layout

    @inline(__always)
    init(_ layout: Layout) { self.layout = layout }

    @inline(never)
    func run<Height: TileHeight>(_: Height.Type, _ panel: Panel, _ row: Int, _ finish: TileFinish) {
        let c = panel.c + row * panel.leading
        // While a deep tile is summed, C comes from memory.
        if panel.depth >= 64 {
            for row in 0..<Height.rows {
                fitd_prefetch(c + row * panel.leading)
                fitd_prefetch(c + row * panel.leading + panel.rightOffset)
            }
        }
        Tile<Height, Width>(panel, panel.a + layout.offset(row: row, depth: panel.depth), layout)
            .store(finish, to: c, EvenPlaces(leading: panel.leading))
    }
}

private struct WindowTiles<Width: TileWidth>: TileKind {
    /// Each row has an address of its own: beyond eight there are too few registers.
    static var tallest: Int { min(8, tileRows) }

    let rows: UnsafePointer<Int>
    let depths: UnsafePointer<Int>

    @inline(never)
    func run<Height: TileHeight>(_: Height.Type, _ panel: Panel, _ row: Int, _ finish: TileFinish) {
        Tile<Height, Width>(panel, rows: rows + row, depths: depths)
            .store(finish, to: panel.c + row * panel.leading, EvenPlaces(leading: panel.leading))
    }
}

private struct TilesToWindows<Width: TileWidth>: TileKind {
    let leading: Int
    let rows: UnsafePointer<Int>

    @inline(never)
    func run<Height: TileHeight>(_: Height.Type, _ panel: Panel, _ row: Int, _ finish: TileFinish) {
        Tile<Height, Width>(panel, panel.a + row * leading, RowMajor(leading: leading))
            .store(finish, to: panel.c, WindowPlaces(rows: rows + row))
    }
}

/// Rows of C, one below the other.
private struct EvenPlaces: RowPlaces {
    let leading: Int

    @inline(__always)
    subscript(row: Int) -> Int { row * leading }
}

/// Rows of C at places of their own.
private struct WindowPlaces: RowPlaces {
    let rows: UnsafePointer<Int>

    @inline(__always)
    subscript(row: Int) -> Int { rows[row] }
}

/// How op(A) lies evenly: the way from one row to the next and from one depth to the next.
protocol EvenLayout {
    var rowStep: Int { get }
    var depthStep: Int { get }

    /// Where a row begins that a tile begins with.
    func offset(row: Int, depth: Int) -> Int
}

extension EvenLayout {
    @inline(__always)
    func offset(row: Int, depth: Int) -> Int { row * rowStep }
}

/// `[rows, depth]`.
private struct RowMajor: EvenLayout {
    let leading: Int
    var rowStep: Int { leading }
    var depthStep: Int { 1 }
}

/// `[depth, rows]`.
private struct ColumnMajor: EvenLayout {
    let leading: Int
    var rowStep: Int { 1 }
    var depthStep: Int { leading }
}

/// Packed panels of rows.
private struct PackedRows: EvenLayout {
    var rowStep: Int { 1 }
    var depthStep: Int { tileRows }

    @inline(__always)
    func offset(row: Int, depth: Int) -> Int { row * depth }
}
