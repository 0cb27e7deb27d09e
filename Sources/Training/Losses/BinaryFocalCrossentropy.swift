import Kernels
import Protocol

/// The binary crossentropy times `(1 - p)^gamma`, where p is how probable the target is, so that what is right already
/// counts less (Lin et al., 2018; keras/src/losses/losses.py).
///
/// With `apply_class_balancing` the classes 1 and 0 weigh `alpha` and `1 - alpha`.
struct BinaryFocalCrossentropy: Loss {
    static let className = "BinaryFocalCrossentropy"
    static let arguments: [Argument] =
        Argument.loss("binary_focal_crossentropy") + [
            .boolean("from_logits", default: false),
            .number("label_smoothing", in: 0...1, default: 0.0),
            .integer("axis", in: -16...16, default: -1),
            .boolean("apply_class_balancing", default: false),
            .number("alpha", default: 0.25),
            .number("gamma", default: 2.0),
        ]

    static let fit = TargetFit.equal

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        try BinaryFocalOperation(configuration, site)
    }
}

/// Computes the loss from probabilities, from the logits of a sigmoid, or from those of a softmax over the last axis,
/// of which Keras takes both the probabilities and the logits.
private final class BinaryFocalOperation: LossOperation {
    private let plain: BinaryLossOperation
    private let ofSoftmax: BinaryFocalOfSoftmax
    private let isFromLogits: Bool
    private let rows: ClassRows
    private let classes: Int
    private let probabilities: UnsafeMutablePointer<Float>
    private let unreduced: UnsafeMutablePointer<Float>

    init(_ configuration: Arguments, _ site: LossSite) throws {
        let smoothing = configuration.float("label_smoothing")
        let gamma = configuration.float("gamma")
        let alpha = configuration.bool("apply_class_balancing") ? configuration.float("alpha") : nil
        isFromLogits = configuration.bool("from_logits")
        plain = try BinaryLossOperation(configuration, site, name: BinaryFocalCrossentropy.className) {
            .binaryFocalCrossentropy(fromLogits: $0, smoothing: smoothing, gamma: gamma, alpha: alpha)
        }
        ofSoftmax = BinaryFocalOfSoftmax(smoothing: smoothing, gamma: gamma, alpha: alpha)
        let shape = site.prediction
        rows = try ClassRows(
            shape, axis: configuration.integer("axis"), name: BinaryFocalCrossentropy.className,
            arena: site.arena)
        classes = shape[shape.count - 1]
        probabilities = try site.arena.take(shape.reduce(1, *))
        unreduced = try site.arena.take(shape.reduce(1, *))
        super.init(valueShape: plain.valueShape)
    }

    override var logitsActivations: [Activation] { isFromLogits ? [] : [.sigmoid, .softmax] }

    override var logitsActivation: Activation? { didSet { plain.logitsActivation = logitsActivation } }

    override func forward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        values: UnsafeMutablePointer<Float>
    ) {
        guard logitsActivation == .softmax else {
            return plain.forward(rows: rows, target: target, prediction: prediction, values: values)
        }
        let count = valueCount(rows: rows)
        let elements = count * self.rows.classes
        Kernels.softmax(prediction, to: probabilities, outer: elements / classes, axis: classes)
        ofSoftmax.values(
            target, logits: prediction, probabilities: probabilities, to: unreduced, count: elements)
        let (unreduced, _) = self.rows.gather(unreduced, unreduced, rows: count)
        Kernels.rowSums(unreduced, rows: count, columns: self.rows.classes, to: values)
        Kernels.multiply(values, 1 / Float(self.rows.classes), to: values, count: count)
    }

    override func backward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        valueGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
    ) {
        guard logitsActivation == .softmax else {
            return plain.backward(
                rows: rows, target: target, prediction: prediction, valueGradient: valueGradient,
                gradient: gradient)
        }
        let count = valueCount(rows: rows)
        let elements = count * self.rows.classes
        ofSoftmax.derivatives(
            target, logits: prediction, probabilities: probabilities, byLogits: gradient,
            byProbabilities: unreduced, count: elements)
        scale(gradient, unreduced, by: valueGradient, count: count)
        Kernels.softmaxBackward(
            y: probabilities, dy: unreduced, dx: unreduced, outer: elements / classes, axis: classes)
        for index in 0..<elements { gradient[index] += unreduced[index] }
    }

    /// Multiplies the derivatives of each value's elements by the value's own, shared among them.
    private func scale(
        _ first: UnsafeMutablePointer<Float>, _ second: UnsafeMutablePointer<Float>,
        by valueGradient: UnsafePointer<Float>, count: Int
    ) {
        for value in 0..<count {
            let factor = valueGradient[value] / Float(rows.classes)
            for place in rows.places(of: value) {
                first[place] *= factor
                second[place] *= factor
            }
        }
    }
}
