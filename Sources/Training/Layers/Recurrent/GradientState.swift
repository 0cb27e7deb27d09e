import Kernels

/// The gradients of a cell's states on their way back.
final class GradientState {
    /// The gradient of h.
    private(set) var h: UnsafeMutablePointer<Float>
    /// Where that of the h before goes.
    private(set) var next: UnsafeMutablePointer<Float>
    /// The gradient of the carry.
    let carry: UnsafeMutablePointer<Float>
    /// The carry's gradient as it was, for masked rows.
    let heldCarry: UnsafeMutablePointer<Float>

    init(_ site: Site, rows: Int, units: Int) throws {
        h = try site.buffer(rows * units)
        next = try site.buffer(rows * units)
        carry = try site.buffer(rows * units)
        heldCarry = try site.buffer(rows * units)
    }

    /// Nothing comes back from behind the last step.
    func begin(count: Int) {
        Kernels.fill(h, count: count, with: 0)
        Kernels.fill(carry, count: count, with: 0)
    }

    func swap() { Swift.swap(&h, &next) }
}
