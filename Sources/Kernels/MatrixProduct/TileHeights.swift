import Panels

/// The most rows that a tile has.
let tileRows = 6

/// Computes a tile of `height` rows, 1 to `tileRows`.
@inline(__always)
func computeTile<Tiles: TileKind>(
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
