import Kernels

/// The axes of a batch in another order, and back.
struct AxisOrder {
    /// Whether every axis stays where it is.
    let isInOrder: Bool
    private let shape: [Int]
    private let turnedShape: [Int]
    private let axes: [Int]
    private let inverse: [Int]

    /// Axis i of what is turned is axis `axes[i]` of `shape`; both count the batch, whose size is the most rows.
    init(_ shape: [Int], _ axes: [Int]) {
        self.shape = shape
        self.axes = axes
        turnedShape = axes.map { shape[$0] }
        var inverse = axes
        for (place, axis) in axes.enumerated() { inverse[axis] = place }
        self.inverse = inverse
        isInOrder = axes == Array(shape.indices)
    }

    /// The sizes in the new order.
    var turned: [Int] { turnedShape }

    /// Copies `rows` rows of the batch in the new order.
    func turn(_ x: UnsafePointer<Float>, rows: Int, to y: UnsafeMutablePointer<Float>) {
        permute(x, shape, rowAxis: 0, axes, rows: rows, to: y)
    }

    /// Copies what is in the new order back.
    func turnBack(_ x: UnsafePointer<Float>, rows: Int, to y: UnsafeMutablePointer<Float>) {
        permute(x, turnedShape, rowAxis: inverse[0], inverse, rows: rows, to: y)
    }

    private func permute(
        _ x: UnsafePointer<Float>, _ shape: [Int], rowAxis: Int, _ axes: [Int], rows: Int,
        to y: UnsafeMutablePointer<Float>
    ) {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: shape.count) { sizes in
            for axis in shape.indices { sizes[axis] = axis == rowAxis ? rows : shape[axis] }
            axes.withUnsafeBufferPointer { axes in
                guard let sizes = sizes.baseAddress, let axes = axes.baseAddress else { return }
                Kernels.permute(x, shape: sizes, axes: axes, rank: shape.count, to: y)
            }
        }
    }
}
