import Kernels
import Protocol

/// The dropout of a recurrent cell: drawn once for a batch and the same at every step
/// (keras/src/layers/rnn/dropout_rnn_cell.py).
final class CellDropout {
    /// Sets of factors: one for all gates, or one for each.
    let sets: Int
    private let rate: Float
    private let rows: Int
    private let columns: Int
    private let factors: UnsafeMutablePointer<Float>
    private let random: LayerRandom
    private let part: UInt32

    /// Nil when the rate drops nothing. `columns` are the numbers that a sample has.
    init?(
        _ cell: any RecurrentCell, _ rateName: String, sets: Int, columns: Int, _ place: CellSite
    ) throws {
        rate = cell.configuration.float(rateName)
        guard rate > 0, place.site.isTraining else { return nil }
        self.sets = sets
        self.columns = columns
        rows = place.rows
        factors = try place.site.buffer(sets * place.rows * columns)
        random = LayerRandom(cell, place.site)
        part = UInt32(2 * place.index + (rateName == "dropout" ? 1 : 2))
    }

    /// Draws the factors of a batch.
    func draw(_ step: Step) {
        let count = step.rows * columns
        for set in 0..<sets {
            let target = factors(set)
            Kernels.fill(target, count: count, with: 1)
            random.generator(step, part: part + UInt32(set) << 16)
                .dropout(target, to: target, rate: rate, count: count)
        }
    }

    private func factors(_ set: Int) -> UnsafeMutablePointer<Float> { factors + set * rows * columns }

    /// `y = x · factors` for each of `steps` steps.
    func apply(
        _ x: UnsafePointer<Float>, set: Int, to y: UnsafeMutablePointer<Float>, steps: Int = 1, rows: Int
    ) {
        let count = rows * columns
        for step in 0..<steps {
            Kernels.multiply(x + step * count, factors(set), to: y + step * count, count: count)
        }
    }

    /// `z = z + x · factors` for each of `steps` steps.
    func add(
        _ x: UnsafePointer<Float>, set: Int, to z: UnsafeMutablePointer<Float>, steps: Int = 1, rows: Int
    ) {
        let count = rows * columns
        for step in 0..<steps {
            Kernels.addProduct(x + step * count, factors(set), to: z + step * count, count: count)
        }
    }
}
