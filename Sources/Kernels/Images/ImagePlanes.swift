/// How an image lies in memory: `[planes, height, width, inner]`. With the channels last there is one plane and `inner` is
/// the number of channels; with the channels first each is a plane and `inner` is 1.
public struct ImagePlanes: Sendable, Hashable {
    /// Planes one behind the other.
    public let planes: Int
    /// Rows of a plane.
    public let height: Int
    /// Places of a row.
    public let width: Int
    /// Elements of a place.
    public let inner: Int

    /// Images of these sizes.
    public init(planes: Int, height: Int, width: Int, inner: Int) {
        self.planes = planes
        self.height = height
        self.width = width
        self.inner = inner
    }

    /// Elements of an image.
    public var count: Int { planes * positions * inner }

    /// Places of a plane.
    public var positions: Int { height * width }
}

/// `y` is `x` turned around, left to right, top to bottom, or both ways.
public func flipImage(
    _ x: UnsafePointer<Float>, _ image: ImagePlanes, horizontally: Bool, vertically: Bool,
    to y: UnsafeMutablePointer<Float>
) {
    for plane in 0..<image.planes {
        for row in 0..<image.height {
            let source = plane * image.height + (vertically ? image.height - 1 - row : row)
            let from = x + source * image.width * image.inner
            let to = y + (plane * image.height + row) * image.width * image.inner
            if horizontally {
                for column in 0..<image.width {
                    (to + column * image.inner).update(
                        from: from + (image.width - 1 - column) * image.inner, count: image.inner)
                }
            } else {
                to.update(from: from, count: image.width * image.inner)
            }
        }
    }
}

/// Copies the window of `x` that has the size of `window` and begins at `top` and `left`.
public func cropImage(
    _ x: UnsafePointer<Float>, _ image: ImagePlanes, top: Int, left: Int, window: ImagePlanes,
    to y: UnsafeMutablePointer<Float>
) {
    let run = window.width * window.inner
    for plane in 0..<window.planes {
        for row in 0..<window.height {
            let source = (plane * image.height + top + row) * image.width + left
            (y + (plane * window.height + row) * run).update(from: x + source * image.inner, count: run)
        }
    }
}

/// The gradient of `cropImage`, which takes the place of what `dx` holds.
public func cropImageBackward(
    _ dy: UnsafePointer<Float>, _ image: ImagePlanes, top: Int, left: Int, window: ImagePlanes,
    to dx: UnsafeMutablePointer<Float>
) {
    dx.update(repeating: 0, count: image.count)
    let run = window.width * window.inner
    for plane in 0..<window.planes {
        for row in 0..<window.height {
            let target = (plane * image.height + top + row) * image.width + left
            (dx + target * image.inner).update(from: dy + (plane * window.height + row) * run, count: run)
        }
    }
}
