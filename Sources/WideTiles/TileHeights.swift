import Panels

/// The most rows that a tile has.
let tileRows = wideTileRows

/// Computes a tile of `height` rows, 1 to `tileRows`.
@inline(__always)
func computeTile<Tiles: TileKind>(
    _ tiles: Tiles, _ height: Int, _ panel: Panel, _ row: Int, _ finish: TileFinish
) {
    switch height {
    case 12: tiles.run(TwelveRows.self, panel, row, finish)
    case 11: tiles.run(ElevenRows.self, panel, row, finish)
    case 10: tiles.run(TenRows.self, panel, row, finish)
    case 9: tiles.run(NineRows.self, panel, row, finish)
    case 8: tiles.run(EightRows.self, panel, row, finish)
    case 7: tiles.run(SevenRows.self, panel, row, finish)
    default: computeLowTile(tiles, height, panel, row, finish)
    }
}
