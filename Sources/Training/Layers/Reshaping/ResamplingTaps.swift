import Foundation

/// How values between an image's positions are found, as TensorFlow's `tf.image.resize` has it.
enum ImageInterpolation: String, CaseIterable, Sendable {
    case nearest, bilinear, bicubic, lanczos3, lanczos5

    /// The weight of a position at a distance.
    func weight(_ distance: Double) -> Double {
        let x = abs(distance)
        switch self {
        case .nearest: return x <= 0.5 ? 1 : 0
        case .bilinear: return max(0, 1 - x)
        case .bicubic:
            if x >= 2 { return 0 }
            return x >= 1 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : (1.5 * x - 2.5) * x * x + 1
        case .lanczos3: return Self.lanczos(x, 3)
        case .lanczos5: return Self.lanczos(x, 5)
        }
    }

    private static func lanczos(_ x: Double, _ radius: Double) -> Double {
        if x >= radius { return 0 }
        if x <= 1e-3 { return 1 }
        return radius * sin(.pi * x) * sin(.pi * x / radius) / (.pi * .pi * x * x)
    }

    /// How far a position reaches.
    var radius: Double {
        switch self {
        case .nearest: 0.5
        case .bilinear: 1
        case .bicubic: 2
        case .lanczos3: 3
        case .lanczos5: 5
        }
    }
}

/// Which positions of an axis make those of another, and by what weights.
struct ResamplingTaps {
    /// Taps that each position of the output has.
    private(set) var taps = 1
    /// Positions of the output.
    let count: Int
    /// Positions of the input, negative for those that are not there.
    private(set) var places: [Int32] = []
    private(set) var weights: [Float] = []

    /// Resamples `from` positions to `to`; centers of positions lie at halves.
    ///
    /// - Parameters:
    ///   - antialias: whether, where positions grow fewer, each looks at all that it covers.
    ///   - window: where the positions that are sampled begin in an input of `length`; some may lie outside of it.
    init(
        _ interpolation: ImageInterpolation, from: Int, to count: Int, antialias: Bool, start: Int = 0,
        length: Int? = nil
    ) {
        self.count = count
        let scale = Float(from) / Float(count)
        var rows: [[(place: Int, weight: Float)]] = []
        for index in 0..<count {
            switch interpolation {
            case .nearest:
                let place = Int(((Float(index) + 0.5) * scale).rounded(.down))
                rows.append([(min(max(place, 0), from - 1), 1)])
            case .bilinear where !antialias: rows.append(Self.linear(index, scale, from))
            case .bicubic where !antialias: rows.append(Self.cubic(index, scale, from))
            default: rows.append(Self.spread(interpolation, index, scale, from, antialias))
            }
        }
        taps = max(1, rows.map(\.count).max() ?? 1)
        let length = length ?? from
        for row in rows {
            for tap in 0..<taps {
                let isThere = tap < row.count
                let place = isThere ? row[tap].place + start : -1
                places.append(Int32(clamping: (0..<length).contains(place) ? place : -1))
                weights.append(isThere ? row[tap].weight : 0)
            }
        }
    }

    private static func linear(_ index: Int, _ scale: Float, _ size: Int) -> [(Int, Float)] {
        let at = (Float(index) + 0.5) * scale - 0.5
        let lower = max(Int(at.rounded(.down)), 0)
        let upper = min(Int(at.rounded(.up)), size - 1)
        let share = at - at.rounded(.down)
        return [(min(lower, size - 1), 1 - share), (max(upper, 0), share)]
    }

    /// TensorFlow looks the weights up in a table of 1024 places, and leaves out what lies beyond the edge.
    private static func cubic(_ index: Int, _ scale: Float, _ size: Int) -> [(Int, Float)] {
        let at = (Float(index) + 0.5) * scale - 0.5
        let floor = at.rounded(.down)
        let share = Double(((at - floor) * 1024).rounded(.toNearestOrEven)) / 1024
        var taps: [(Int, Float)] = []
        for offset in -1...2 {
            let place = Int(floor) + offset
            guard (0..<size).contains(place) else { continue }
            taps.append((place, Float(ImageInterpolation.bicubic.weight(share - Double(offset)))))
        }
        return normalized(taps)
    }

    /// The general form: every position within the kernel's reach, by its distance.
    private static func spread(
        _ interpolation: ImageInterpolation, _ index: Int, _ scale: Float, _ size: Int, _ antialias: Bool
    ) -> [(Int, Float)] {
        let reach = antialias ? max(Double(scale), 1) : 1
        let at = (Double(index) + 0.5) * Double(scale)
        let first = max(0, Int((at - interpolation.radius * reach - 0.5).rounded(.up)))
        let last = min(size - 1, Int((at + interpolation.radius * reach - 0.5).rounded(.down)))
        guard first <= last else { return [(min(max(Int(at), 0), size - 1), 1)] }
        return normalized(
            (first...last).map { ($0, Float(interpolation.weight((Double($0) + 0.5 - at) / reach))) })
    }

    private static func normalized(_ taps: [(Int, Float)]) -> [(Int, Float)] {
        let sum = taps.reduce(Float(0)) { $0 + $1.1 }
        return abs(sum) < 1e-30 ? taps : taps.map { ($0.0, $0.1 / sum) }
    }
}
