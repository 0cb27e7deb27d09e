import Panels

/// The most rows that a tile has.
let tileRows = 6

/// Computes a tile of `height` rows, 1 to `tileRows`.
@inline(__always)
func computeTile<Tiles: TileKind>(
    _ tiles: Tiles, _ height: Int, _ panel: Panel, _ row: Int, _ finish: TileFinish
) {
    computeLowTile(tiles, height, panel, row, finish)
}
