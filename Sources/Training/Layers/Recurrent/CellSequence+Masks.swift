import Kernels

extension CellSequence {
    /// Writes the state before the first step: the one that was kept, or zero.
    func begin(_ states: UnsafeMutablePointer<Float>, _ initial: UnsafeMutablePointer<Float>?, count: Int) {
        if let initial {
            Kernels.copy(initial, to: states, count: count)
        } else {
            Kernels.fill(states, count: count, with: 0)
        }
    }

    /// Which rows of some count at a step.
    func mask(at index: Int, rows: Int, in span: Range<Int>) -> UnsafePointer<UInt8>? {
        mask(at: index, rows: rows).map { $0 + span.lowerBound * place.maskPlaces }
    }

    /// Which rows count at a step.
    func mask(at index: Int, rows: Int) -> UnsafePointer<UInt8>? {
        place.mask.map { $0 + index * rows * place.maskPlaces }
    }

    /// `x` where the mask counts, else `other`, each a state.
    func select(
        _ x: UnsafePointer<Float>, else other: UnsafePointer<Float>, mask: UnsafePointer<UInt8>, rows: Int,
        to y: UnsafeMutablePointer<Float>
    ) {
        Kernels.selectRows(
            mask: mask, x, else: other, rows: rows * place.maskPlaces, columns: units / place.maskPlaces,
            to: y)
    }

    /// Masked rows keep the state from before the step.
    func holdMasked(_ states: UnsafeMutablePointer<Float>, at index: Int, rows: Int) {
        holdMasked(states, at: index, rows: rows, in: 0..<rows)
    }

    /// Masked rows of some keep the state from before the step.
    func holdMasked(_ states: UnsafeMutablePointer<Float>, at index: Int, rows: Int, in span: Range<Int>) {
        guard let mask = mask(at: index, rows: rows, in: span) else { return }
        let before = states + (index * rows + span.lowerBound) * units
        let after = before + rows * units
        select(after, else: before, mask: mask, rows: span.count, to: after)
    }

    /// Masked rows have no gradient.
    func clearMasked(
        _ gradient: UnsafeMutablePointer<Float>, columns: Int, mask: UnsafePointer<UInt8>, rows: Int
    ) {
        let size = columns / place.maskPlaces
        for row in 0..<rows * place.maskPlaces where mask[row] == 0 {
            Kernels.fill(gradient + row * size, count: size, with: 0)
        }
    }

    /// The gradient of a state that was kept goes to the state before.
    func addMasked(
        _ gradient: UnsafePointer<Float>, to before: UnsafeMutablePointer<Float>, mask: UnsafePointer<UInt8>,
        rows: Int
    ) {
        let size = units / place.maskPlaces
        for row in 0..<rows * place.maskPlaces where mask[row] == 0 {
            let target = before + row * size
            Kernels.add(target, gradient + row * size, to: target, count: size)
        }
    }
}
