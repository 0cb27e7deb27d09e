import Kernels
import Protocol

/// `(1 - y_pred[y_true]^q) / q` over the last axis, for targets that are class numbers, between the crossentropy at
/// q = 0 and the mean absolute error at q = 1 (Zhang and Sabuncu, 2018; keras/src/losses/losses.py).
struct CategoricalGeneralizedCrossEntropy: Loss {
    static let className = "CategoricalGeneralizedCrossEntropy"
    static let arguments: [Argument] =
        Argument.loss("categorical_generalized_cross_entropy") + [
            .number(
                "q", in: Double.leastNonzeroMagnitude...(1.0).nextDown, default: 0.5)
        ]

    static let fit = TargetFit.own

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        try GeneralizedCrossEntropyOperation(q: configuration.float("q"), site)
    }
}

private final class GeneralizedCrossEntropyOperation: LossOperation {
    private let classes: Int
    private let q: Float

    init(q: Float, _ site: LossSite) throws {
        let name = CategoricalGeneralizedCrossEntropy.className
        let labels = try LabelRows(site.target, site.prediction, name: name)
        guard labels.classes > 1, site.target == labels.shape else {
            throw ShapeError(
                "\(name) takes targets without an axis for the classes, of shape \(Shape(labels.shape).batch(nil)), and predictions of two or more classes; the targets have shape \(Shape(site.target).batch(nil))."
            )
        }
        classes = labels.classes
        self.q = q
        super.init(valueShape: labels.shape)
    }

    override func forward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        values: UnsafeMutablePointer<Float>
    ) {
        generalizedCrossentropy(
            target, prediction, rows: valueCount(rows: rows), classes: classes, q: q, to: values)
    }

    override func backward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        valueGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
    ) {
        generalizedCrossentropyBackward(
            target, prediction, scales: valueGradient, rows: valueCount(rows: rows), classes: classes, q: q,
            to: gradient)
    }
}
