import CProcessor
import Panels
import WideTiles

/// How many floats there are in the vectors that a product is computed with. The bits of its result do not depend on
/// it.
public enum Lanes: Int, Sendable {
    /// Those of AVX2, or of two registers of NEON.
    case eight = 8
    /// Those of AVX-512.
    case sixteen = 16

    /// The most rows of a tile.
    var tileRows: Int {
        switch self {
        case .eight: Kernels.tileRows
        case .sixteen: wideTileRows
        }
    }

    /// The most that this processor has.
    public static let widest: Lanes = fitd_has_avx512() ? .sixteen : .eight
}

/// The vectors that tiles are made of in this module.
typealias TileVector = Vector

extension Panel {
    /// The columns of a panel: two vectors.
    static func columns(_ lanes: Lanes) -> Int { 2 * lanes.rawValue }

    /// Multiplies so many rows.
    func multiply(rows: Int, _ lanes: Lanes) {
        switch lanes {
        case .eight: multiplyTiles(self, rows: rows)
        case .sixteen: multiplyBySixteen(self, rows: rows)
        }
    }
}
