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
@inline(__always)
private func multiplyEvenTiles<Tiles: TileKind>(_ panel: Panel, _ rows: Int, _ tiles: Tiles) {
    let finish = TileFinish(panel)
    let count = (rows + Panel.rowsAtOnce - 1) / Panel.rowsAtOnce
    let (base, taller) = rows.quotientAndRemainder(dividingBy: max(count, 1))
    var row = 0
    for tile in 0..<count {
        let height = tile < taller ? base + 1 : base
        tiles.compute(panel, height, row, finish)
        row += height
    }
}

/// Tiles of the height that A is packed for.
@inline(__always)
private func multiplyPackedTiles<Tiles: TileKind>(_ panel: Panel, _ rows: Int, _ tiles: Tiles) {
    let finish = TileFinish(panel)
    for row in stride(from: 0, to: rows, by: Panel.rowsAtOnce) {
        tiles.compute(panel, min(Panel.rowsAtOnce, rows - row), row, finish)
    }
}

/// How a tile of some height comes from a panel.
private protocol TileKind {
    associatedtype Width: TileWidth

    /// Computes and stores the tile that begins at `row`.
    func run<Height: TileHeight>(_: Height.Type, _ panel: Panel, _ row: Int, _ finish: TileFinish)
}

extension TileKind {
    @inline(__always)
    fileprivate func compute(_ panel: Panel, _ height: Int, _ row: Int, _ finish: TileFinish) {
        switch height {
        case 6: run(SixRows.self, panel, row, finish)
        case 5: run(FiveRows.self, panel, row, finish)
        case 4: run(FourRows.self, panel, row, finish)
        case 3: run(ThreeRows.self, panel, row, finish)
        case 2: run(TwoRows.self, panel, row, finish)
        default: run(OneRow.self, panel, row, finish)
        }
    }
}

private struct EvenTiles<Width: TileWidth, Layout: EvenLayout>: TileKind {
    let layout: Layout

    @inline(__always)
    init(_ layout: Layout) { self.layout = layout }

    @inline(__always)
    func run<Height: TileHeight>(_: Height.Type, _ panel: Panel, _ row: Int, _ finish: TileFinish) {
        Tile<Height, Width>(panel, panel.a + layout.offset(row: row, depth: panel.depth), layout)
            .store(finish, to: panel.c + row * panel.leading) { $0 * panel.leading }
    }
}

private struct WindowTiles<Width: TileWidth>: TileKind {
    let rows: UnsafePointer<Int>
    let depths: UnsafePointer<Int>

    @inline(__always)
    func run<Height: TileHeight>(_: Height.Type, _ panel: Panel, _ row: Int, _ finish: TileFinish) {
        Tile<Height, Width>(panel, rows: rows + row, depths: depths)
            .store(finish, to: panel.c + row * panel.leading) { $0 * panel.leading }
    }
}

private struct TilesToWindows<Width: TileWidth>: TileKind {
    let leading: Int
    let rows: UnsafePointer<Int>

    @inline(__always)
    func run<Height: TileHeight>(_: Height.Type, _ panel: Panel, _ row: Int, _ finish: TileFinish) {
        Tile<Height, Width>(panel, panel.a + row * leading, RowMajor(leading: leading))
            .store(finish, to: panel.c) { rows[row + $0] }
    }
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
    var depthStep: Int { Panel.rowsAtOnce }

    @inline(__always)
    func offset(row: Int, depth: Int) -> Int { row * depth }
}
