/// Affine transformations of images, as TensorFlow's `ImageProjectiveTransformV3` reckons them.

/// Where a place of the output lies in the input: `(a0·x + a1·y + a2, b0·x + b1·y + b2)`.
public struct ImageTransform: Sendable, Hashable, BitwiseCopyable {
    public var a0, a1, a2, b0, b1, b2: Float

    /// A transformation by its numbers.
    public init(_ a0: Float, _ a1: Float, _ a2: Float, _ b0: Float, _ b1: Float, _ b2: Float) {
        (self.a0, self.a1, self.a2, self.b0, self.b1, self.b2) = (a0, a1, a2, b0, b1, b2)
    }
}

/// How an image is read between its positions and beyond its edges.
public struct ImageSampling: Sendable, Hashable {
    /// What stands beyond the edges.
    public enum Fill: String, Sendable, Hashable, CaseIterable {
        /// `d c b a | a b c d | d c b a`
        case reflect
        /// `a b c d | a b c d | a b c d`
        case wrap
        /// `k k k k | a b c d | k k k k`
        case constant
        /// `a a a a | a b c d | d d d d`
        case nearest
    }

    /// What stands beyond the edges.
    public var fill: Fill
    /// Whether values are interpolated between positions, or those of the nearest taken.
    public var isBilinear: Bool
    /// The k of `constant`.
    public var value: Float

    /// A way to read images.
    public init(fill: Fill, isBilinear: Bool, value: Float = 0) {
        self.fill = fill
        self.isBilinear = isBilinear
        self.value = value
    }

    /// A coordinate as it lies within `0...length − 1`, unless beyond the edges is a constant.
    @inline(__always)
    func mapped(_ coordinate: Float, _ length: Int) -> Float {
        let last = Float(length - 1)
        guard coordinate < 0 || coordinate > last else { return coordinate }
        switch fill {
        case .constant: return coordinate
        case .nearest: return min(max(coordinate, 0), last)
        case .reflect: return reflected(coordinate, Float(length))
        case .wrap: return wrapped(coordinate, Float(length))
        }
    }

    private func reflected(_ coordinate: Float, _ length: Float) -> Float {
        guard length > 1 else { return 0 }
        let period = 2 * length
        var place = coordinate
        if place < 0 {
            place += period * (-place / period).rounded(.towardZero)
            place = place < -length ? place + period : -place - 1
        } else {
            place -= period * (place / period).rounded(.towardZero)
            if place >= length { place = period - place - 1 }
        }
        return min(max(place, 0), length - 1)
    }

    /// The period is the length, but how many periods are taken away is told by the length less one.
    private func wrapped(_ coordinate: Float, _ length: Float) -> Float {
        guard length > 1 else { return 0 }
        let place =
            coordinate < 0
            ? coordinate + length * ((-coordinate / (length - 1)).rounded(.towardZero) + 1)
            : coordinate - length * (coordinate / (length - 1)).rounded(.towardZero)
        return min(max(place, 0), length - 1)
    }
}

/// The positions of the input that make one of the output: places in a plane, negative beyond the edges, and weights.
private struct Taps {
    var places = SIMD4<Int>(repeating: -1)
    var weights = SIMD4<Float>(1, 0, 0, 0)

    @inline(__always)
    init(_ image: ImagePlanes, _ transform: ImageTransform, _ sampling: ImageSampling, row: Int, column: Int)
    {
        let (column, row) = (Float(column), Float(row))
        let atX = transform.a0 * column + transform.a1 * row + transform.a2
        let atY = transform.b0 * column + transform.b1 * row + transform.b2
        // Coordinates beyond all reason, and those that are no numbers, lie beyond the edges.
        guard abs(atX) < 0x1p30, abs(atY) < 0x1p30 else { return }
        let x = sampling.mapped(atX, image.width)
        let y = sampling.mapped(atY, image.height)
        guard sampling.isBilinear else {
            places[0] = Self.place(image, Int(y.rounded()), Int(x.rounded()))
            return
        }
        let (left, top) = (x.rounded(.down), y.rounded(.down))
        let (right, below) = (x - left, y - top)
        let (ix, iy) = (Int(left), Int(top))
        places = SIMD4(
            Self.place(image, iy, ix), Self.place(image, iy, ix + 1), Self.place(image, iy + 1, ix),
            Self.place(image, iy + 1, ix + 1))
        weights = SIMD4(
            (1 - below) * (1 - right), (1 - below) * right, below * (1 - right), below * right)
    }

    @inline(__always)
    private static func place(_ image: ImagePlanes, _ y: Int, _ x: Int) -> Int {
        x >= 0 && x < image.width && y >= 0 && y < image.height ? y * image.width + x : -1
    }
}

/// `y` is the image `x` as the transformation shows it.
public func transformImage(
    _ x: UnsafePointer<Float>, _ image: ImagePlanes, by transform: ImageTransform, _ sampling: ImageSampling,
    to y: UnsafeMutablePointer<Float>
) {
    let stride = image.positions * image.inner
    let taps = sampling.isBilinear ? 4 : 1
    for place in 0..<image.positions {
        let sources = Taps(
            image, transform, sampling, row: place / image.width, column: place % image.width)
        for plane in 0..<image.planes {
            let (source, target) = (x + plane * stride, y + plane * stride + place * image.inner)
            for channel in 0..<image.inner {
                var sum: Float = 0
                for tap in 0..<taps {
                    let at = sources.places[tap]
                    sum +=
                        sources.weights[tap] * (at < 0 ? sampling.value : source[at * image.inner + channel])
                }
                target[channel] = sum
            }
        }
    }
}

/// The gradient of `transformImage`, which takes the place of what `dx` holds.
public func transformImageBackward(
    _ dy: UnsafePointer<Float>, _ image: ImagePlanes, by transform: ImageTransform,
    _ sampling: ImageSampling,
    to dx: UnsafeMutablePointer<Float>
) {
    dx.update(repeating: 0, count: image.count)
    let stride = image.positions * image.inner
    let taps = sampling.isBilinear ? 4 : 1
    for place in 0..<image.positions {
        let sources = Taps(
            image, transform, sampling, row: place / image.width, column: place % image.width)
        for plane in 0..<image.planes {
            let (target, slope) = (dx + plane * stride, dy + plane * stride + place * image.inner)
            for tap in 0..<taps where sources.places[tap] >= 0 {
                let at = sources.places[tap] * image.inner
                for channel in 0..<image.inner {
                    target[at + channel] += sources.weights[tap] * slope[channel]
                }
            }
        }
    }
}
