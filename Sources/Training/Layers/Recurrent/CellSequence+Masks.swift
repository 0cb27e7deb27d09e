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

    /// Masked rows keep the state from before the step.
    func holdMasked(_ states: UnsafeMutablePointer<Float>, at index: Int, rows: Int) {
        guard let mask = place.mask else { return }
        let size = rows * units
        let after = states + (index + 1) * size
        Kernels.selectRows(
            mask: mask + index * rows, after, else: states + index * size, rows: rows, columns: units,
            to: after)
    }

    /// Masked rows have no gradient.
    func clearMasked(
        _ gradient: UnsafeMutablePointer<Float>, columns: Int, mask: UnsafePointer<UInt8>, rows: Int
    ) {
        for row in 0..<rows where mask[row] == 0 {
            Kernels.fill(gradient + row * columns, count: columns, with: 0)
        }
    }

    /// The gradient of a state that was kept goes to the state before.
    func addMasked(
        _ gradient: UnsafePointer<Float>, to before: UnsafeMutablePointer<Float>, mask: UnsafePointer<UInt8>,
        rows: Int
    ) {
        for row in 0..<rows where mask[row] == 0 {
            let place = before + row * units
            Kernels.add(place, gradient + row * units, to: place, count: units)
        }
    }
}
