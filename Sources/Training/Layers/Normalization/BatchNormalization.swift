import Kernels
import Protocol

/// `gamma · (x - mean) / √(variance + epsilon) + beta` for each channel, with the batch's mean and variance in training
/// and their moving averages otherwise (keras/src/layers/normalization/batch_normalization.py; Ioffe and Szegedy,
/// 2015). With `renorm` what is normalized is corrected in training: see `BatchRenormalization`.
///
/// Input and output have one shape; the channels are on `axis`. Weights `gamma`, `beta`, `moving_mean` and
/// `moving_variance` are `[channels]`, and so are `moving_stddev`, `renorm_mean` and `renorm_stddev` with `renorm`. A frozen layer uses the moving averages and leaves them. Masked steps do not
/// count in the batch's figures.
struct BatchNormalization: Layer {
    static let className = "BatchNormalization"
    static let arguments: [Argument] =
        Argument.layer + [
            Argument("axis", .axes, default: -1),
            .number("momentum", in: 0...1, default: 0.99),
            .number("epsilon", in: 0...Double.greatestFiniteMagnitude, default: 0.001),
            .boolean("center", default: true),
            .boolean("scale", default: true),
            .initializer("beta_initializer", default: "zeros"),
            .initializer("gamma_initializer", default: "ones"),
            .initializer("moving_mean_initializer", default: "zeros"),
            .initializer("moving_variance_initializer", default: "ones"),
            .regularizer("beta_regularizer"),
            .regularizer("gamma_regularizer"),
            .constraint("beta_constraint"),
            .constraint("gamma_constraint"),
            .boolean("synchronized", default: false),
            .boolean("renorm", default: false),
            Argument("renorm_clipping", .value, default: .null),
            .number("renorm_momentum", in: 0...1, default: 0.99),
        ] + Argument.layerBehaviour

    let configuration: Arguments
    /// How far the correction may go; nil without `renorm`.
    let clipping: RenormClipping?

    init(_ arguments: Arguments) throws {
        guard arguments.integers("axis").count == 1 else {
            throw ArgumentError("axis", "axis names one axis, such as -1.")
        }
        var arguments = arguments
        if arguments.bool("renorm") {
            clipping = try RenormClipping(arguments)
            if !arguments.has("renorm_clipping") { arguments.set("renorm_clipping", [:]) }
        } else {
            clipping = nil
        }
        arguments.set("axis", .integer(Int64(arguments.integers("axis")[0])))
        configuration = arguments
    }

    func mixesSamples(isTraining: Bool) -> Bool { isTraining && isTrainable }

    /// The channels' axis, counted from the batch.
    private func axis(_ input: Shape) throws -> Int {
        let written = configuration.integer("axis")
        let axis = written < 0 ? input.rank + written : written
        guard axis >= 1, axis < input.rank else {
            throw ShapeError("\(name) has axis \(written), which its input of shape \(input) does not have.")
        }
        return axis
    }

    func weights(for input: Shape) throws -> [WeightDescription] {
        let shape = [try input.size(axis(input), for: name)]
        var weights: [WeightDescription] = []
        for (flag, weight) in [("scale", "gamma"), ("center", "beta")] where configuration.bool(flag) {
            weights.append(
                WeightDescription(
                    weight, shape, configuration.initializer("\(weight)_initializer"),
                    regularizer: configuration.regularizer("\(weight)_regularizer"),
                    constraint: configuration.constraint("\(weight)_constraint")))
        }
        for weight in ["moving_mean", "moving_variance"] {
            weights.append(
                WeightDescription(
                    weight, shape, configuration.initializer("\(weight)_initializer"), trainable: false))
        }
        guard clipping != nil else { return weights }
        let deviation = DeviationInitializer(configuration.initializer("moving_variance_initializer"))
        return weights + [
            WeightDescription("moving_stddev", shape, deviation, trainable: false),
            WeightDescription(
                "renorm_mean", shape, configuration.initializer("moving_mean_initializer"), trainable: false),
            WeightDescription("renorm_stddev", shape, deviation, trainable: false),
        ]
    }

    func outputShape(for input: Shape) throws -> Shape {
        _ = try axis(input)
        return input
    }

    func outputMask(for input: Shape, mask: Shape?) throws -> MaskRule { .pass }

    func makeOperation(_ site: Site) throws -> Operation {
        let axis = try axis(Shape(site.input.shape))
        if axis == site.input.shape.count - 1 { return try BatchNormalizationOperation(self, site) }
        return try AxisLastOperation(site, axis: axis) { try BatchNormalizationOperation(self, $0) }
    }
}

/// Batch normalization on buffers whose channels are last.
private final class BatchNormalizationOperation: Operation {
    private let input: Tensor
    private let output: Tensor
    private let channels: Int
    private let gamma: WeightSlot?
    private let beta: WeightSlot?
    private let movingMean: WeightSlot
    private let movingVariance: WeightSlot
    private let usesBatch: Bool
    private let renorm: BatchRenormalization?
    private let momentum: Float
    private let epsilon: Float
    /// Mean, variance, factors and sums, each of a channel.
    private let mean: UnsafeMutablePointer<Float>
    private let variance: UnsafeMutablePointer<Float>
    private let inverse: UnsafeMutablePointer<Float>
    private let scale: UnsafeMutablePointer<Float>
    private let shift: UnsafeMutablePointer<Float>
    private let sums: UnsafeMutablePointer<Float>
    private let products: UnsafeMutablePointer<Float>
    private let scratch: UnsafeMutablePointer<Float>
    private let mask: UnsafePointer<UInt8>?
    private var total: Float = 1

    init(_ layer: BatchNormalization, _ site: Site) throws {
        input = site.input
        output = site.output
        channels = input.shape[input.shape.count - 1]
        let configuration = layer.configuration
        var weights = site.weights[...]
        gamma = configuration.bool("scale") ? weights.popFirst() : nil
        beta = configuration.bool("center") ? weights.popFirst() : nil
        movingMean = weights[weights.startIndex]
        movingVariance = weights[weights.startIndex + 1]
        renorm = try layer.clipping.map {
            try BatchRenormalization(
                $0, weights: Array(weights.dropFirst(2)), momentum: configuration.float("renorm_momentum"),
                site)
        }
        usesBatch = site.isTraining && layer.isTrainable
        momentum = configuration.float("momentum")
        epsilon = configuration.float("epsilon")
        mean = try site.buffer(channels)
        variance = try site.buffer(channels)
        inverse = try site.buffer(channels)
        scale = try site.buffer(channels)
        shift = try site.buffer(channels)
        sums = try site.buffer(channels)
        products = try site.buffer(channels)
        scratch = try site.buffer(channels)
        let matches = input.maskRowCount * channels == input.rowCount
        mask = matches ? input.mask.map { UnsafePointer($0) } : nil
    }

    private func rows(_ step: Step) -> Int { step.rows * (input.rowCount / channels) }

    override func forward(_ step: Step) {
        let rows = rows(step)
        if usesBatch {
            measure(rows)
        } else {
            Kernels.copy(movingMean.values, to: mean, count: channels)
            Kernels.copy(movingVariance.values, to: variance, count: channels)
        }
        for channel in 0..<channels {
            inverse[channel] = 1 / (variance[channel] + epsilon).squareRoot()
            scale[channel] = inverse[channel] * (gamma?.values[channel] ?? 1)
            shift[channel] = beta?.values[channel] ?? 0
            if usesBatch, let renorm {
                shift[channel] += renorm.offset[channel] * (gamma?.values[channel] ?? 1)
                scale[channel] *= renorm.ratio[channel]
            }
            shift[channel] -= mean[channel] * scale[channel]
        }
        scaleColumns(
            input.values, rows: rows, columns: channels, scale: scale, shift: shift, to: output.values)
    }

    /// Takes the batch's mean and variance, and moves the averages.
    private func measure(_ rows: Int) {
        total = Float(rows)
        if let mask {
            var count = 0
            for row in 0..<rows { count += Int(mask[row]) }
            total = Float(count) + Kernels.epsilon
        }
        columnMoments(
            input.values, rows: rows, columns: channels, mask: mask, total: total, mean: mean,
            variance: variance,
            scratch: scratch)
        if let renorm {
            renorm.correct(mean: mean, variance: variance, epsilon: epsilon)
            renorm.move(
                mean: mean, variance: variance, epsilon: epsilon, momentum: momentum, movingMean: movingMean,
                movingVariance: movingVariance)
            return
        }
        for channel in 0..<channels {
            movingMean.values[channel] =
                movingMean.values[channel] * momentum + mean[channel] * (1 - momentum)
            movingVariance.values[channel] =
                movingVariance.values[channel] * momentum + variance[channel] * (1 - momentum)
        }
    }

    override func backward(_ step: Step) {
        guard let outputGradient = output.gradient else { return }
        let rows = rows(step)
        columnGradientSums(
            dy: outputGradient, x: input.values, mean: mean, rows: rows, columns: channels, sum: sums,
            product: products, scratch: scratch)
        if let gradient = gamma?.gradient {
            Kernels.multiply(products, inverse, to: gradient, count: channels)
            if usesBatch, let renorm {
                Kernels.multiply(gradient, renorm.ratio, to: gradient, count: channels)
                Kernels.addProduct(renorm.offset, sums, to: gradient, count: channels)
            }
        }
        if let gradient = beta?.gradient { Kernels.copy(sums, to: gradient, count: channels) }
        guard let gradient = input.gradient else { return }
        // With x̂ = (x - mean)·inverse: dx = dx̂·inverse + (x - mean)·2·dvariance/total + dmean/total.
        for channel in 0..<channels {
            let factor = usesBatch ? scale[channel] / total : 0
            shift[channel] = -factor * sums[channel]
            sums[channel] = -factor * products[channel] * inverse[channel] * inverse[channel]
        }
        columnNormalizationBackward(
            dy: outputGradient, x: input.values, mean: mean, direct: scale, slope: sums, offset: shift,
            mask: mask,
            rows: rows, columns: channels, dx: gradient)
    }
}
