import Protocol

/// How far batch renormalization may correct: `rmin ≤ r ≤ rmax` and `|d| ≤ dmax`, without bounds where they are left out.
struct RenormClipping: Sendable {
    let rmin: Float?
    let rmax: Float?
    let dmax: Float?

    /// Reads `renorm_clipping`.
    init(_ arguments: Arguments) throws {
        let written = arguments.config["renorm_clipping"] ?? .null
        let bounds = written.object ?? [:]
        let names = ["rmax", "rmin", "dmax"]
        guard written.isNull || written.object != nil,
            bounds.allSatisfy({ names.contains($0.key) && ($0.value.isNull || $0.value.number != nil) })
        else {
            throw ArgumentError(
                "renorm_clipping",
                "renorm_clipping is an object of numbers, of which \(names.joined(separator: ", ")) are known."
            )
        }
        rmin = bounds["rmin"]?.number.map { Float($0) }
        rmax = bounds["rmax"]?.number.map { Float($0) }
        dmax = bounds["dmax"]?.number.map { Float($0) }
        if let rmin, let rmax, rmax < rmin {
            throw ArgumentError("renorm_clipping", "renorm_clipping has an rmax below its rmin.")
        }
        if let dmax, dmax < 0 {
            throw ArgumentError("renorm_clipping", "renorm_clipping has a dmax below 0.")
        }
    }
}

/// Batch renormalization (Ioffe, 2017): what is normalized by the batch's figures becomes `x̂ · r + d`, as if it had been
/// by moving ones, with `r = σ / σ_moving` and `d = (μ − μ_moving) / σ_moving`, through which no gradient passes.
struct BatchRenormalization {
    /// r of each channel.
    let ratio: UnsafeMutablePointer<Float>
    /// d of each channel.
    let offset: UnsafeMutablePointer<Float>
    private let clipping: RenormClipping
    private let momentum: Float
    private let movingDeviation: WeightSlot
    private let mean: WeightSlot
    private let deviation: WeightSlot

    /// On the weights `moving_stddev`, `renorm_mean` and `renorm_stddev`.
    init(_ clipping: RenormClipping, weights: [WeightSlot], momentum: Float, _ site: Site) throws {
        self.clipping = clipping
        self.momentum = momentum
        (movingDeviation, mean, deviation) = (weights[0], weights[1], weights[2])
        ratio = try site.buffer(mean.count)
        offset = try site.buffer(mean.count)
    }

    /// Sets r and d by a batch's figures.
    func correct(mean batch: UnsafePointer<Float>, variance: UnsafePointer<Float>, epsilon: Float) {
        for channel in 0..<mean.count {
            let moving = max(deviation.values[channel], epsilon.squareRoot())
            var r = (variance[channel] + epsilon).squareRoot() / moving
            var d = (batch[channel] - mean.values[channel]) / moving
            if let least = clipping.rmin { r = max(r, least) }
            if let most = clipping.rmax { r = min(r, most) }
            if let most = clipping.dmax { d = min(max(d, -most), most) }
            ratio[channel] = r
            offset[channel] = d
        }
    }

    /// Moves the averages of training by the layer's `renorm_momentum`, and those of inference by `momentum`.
    func move(
        mean batch: UnsafePointer<Float>, variance: UnsafePointer<Float>, epsilon: Float,
        momentum other: Float,
        movingMean: WeightSlot, movingVariance: WeightSlot
    ) {
        for channel in 0..<mean.count {
            let size = (variance[channel] + epsilon).squareRoot()
            Self.move(&mean.values[channel], to: batch[channel], momentum)
            Self.move(&deviation.values[channel], to: size, momentum)
            Self.move(&movingMean.values[channel], to: batch[channel], other)
            Self.move(&movingDeviation.values[channel], to: size, other)
            let moved = movingDeviation.values[channel]
            movingVariance.values[channel] = max(moved * moved - epsilon, 0)
        }
    }

    private static func move(_ average: inout Float, to value: Float, _ momentum: Float) {
        average = average * momentum + value * (1 - momentum)
    }
}

/// The square roots of what another initializer gives: deviations that start from variances.
struct DeviationInitializer: Initializer {
    static let className = "Deviation"
    static let arguments: [Argument] = []

    let configuration: Arguments
    private let variance: any Initializer

    init(_ arguments: Arguments) throws {
        configuration = arguments
        variance = try Ones.withDefaults()
    }

    /// Starts from the variances that an initializer gives.
    init(_ variance: any Initializer) {
        configuration = .defaults(of: [], className: Self.className)
        self.variance = variance
    }

    func check(shape: [Int]) throws { try variance.check(shape: shape) }

    func fill(_ values: UnsafeMutableBufferPointer<Float>, shape: [Int], stream: UInt64) throws {
        try variance.fill(values, shape: shape, stream: stream)
        for index in values.indices { values[index] = values[index].squareRoot() }
    }
}
