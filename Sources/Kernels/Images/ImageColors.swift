/// Changes of an image's values that are clipped to a range.

/// The mean of each channel of an image, `planes · inner` of them.
public func channelMeans(
    _ x: UnsafePointer<Float>, _ image: ImagePlanes, to means: UnsafeMutablePointer<Float>
) {
    for plane in 0..<image.planes {
        let (source, sums) = (x + plane * image.positions * image.inner, means + plane * image.inner)
        sums.update(repeating: 0, count: image.inner)
        for row in 0..<image.height {
            for channel in 0..<image.inner {
                var sum: Float = 0
                for column in 0..<image.width {
                    sum += source[(row * image.width + column) * image.inner + channel]
                }
                sums[channel] += sum
            }
        }
        for channel in 0..<image.inner { sums[channel] /= Float(image.positions) }
    }
}

/// `y = (x − mean) · factor + mean`, with the mean of each channel, clipped to `range`.
public func adjustContrast(
    _ x: UnsafePointer<Float>, _ image: ImagePlanes, means: UnsafePointer<Float>, factor: Float,
    range: (low: Float, high: Float), to y: UnsafeMutablePointer<Float>
) {
    for plane in 0..<image.planes {
        for place in 0..<image.positions {
            let at = (plane * image.positions + place) * image.inner
            for channel in 0..<image.inner {
                let mean = means[plane * image.inner + channel]
                y[at + channel] = min(max((x[at + channel] - mean) * factor + mean, range.low), range.high)
            }
        }
    }
}

/// The gradient of `adjustContrast` by `x`, the mean's part among it; what was clipped gives none.
public func adjustContrastBackward(
    _ dy: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ image: ImagePlanes,
    means: UnsafePointer<Float>, factor: Float, range: (low: Float, high: Float),
    to dx: UnsafeMutablePointer<Float>
) {
    for plane in 0..<image.planes {
        for channel in 0..<image.inner {
            let mean = means[plane * image.inner + channel]
            let first = plane * image.positions * image.inner + channel
            var sum: Float = 0
            for place in 0..<image.positions {
                let at = first + place * image.inner
                let value = (x[at] - mean) * factor + mean
                let slope = value < range.low || value > range.high ? 0 : dy[at]
                sum += slope
                dx[at] = slope * factor
            }
            let share = sum * (1 - factor) / Float(image.positions)
            for place in 0..<image.positions { dx[first + place * image.inner] += share }
        }
    }
}

/// `y = x + delta`, clipped to `range`.
public func adjustBrightness(
    _ x: UnsafePointer<Float>, delta: Float, range: (low: Float, high: Float),
    to y: UnsafeMutablePointer<Float>, count: Int
) {
    for index in 0..<count { y[index] = min(max(x[index] + delta, range.low), range.high) }
}

/// The gradient of `adjustBrightness`; what was clipped gives none.
public func adjustBrightnessBackward(
    _ dy: UnsafePointer<Float>, _ x: UnsafePointer<Float>, delta: Float, range: (low: Float, high: Float),
    to dx: UnsafeMutablePointer<Float>, count: Int
) {
    for index in 0..<count {
        let value = x[index] + delta
        dx[index] = value < range.low || value > range.high ? 0 : dy[index]
    }
}
