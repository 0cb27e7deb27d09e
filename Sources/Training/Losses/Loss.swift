import Protocol

/// A measure of how far predictions are from targets (`keras.losses.Loss`).
package protocol Loss: Configurable {
    /// How targets are brought to the predictions' shape.
    static var fit: TargetFit { get }
    /// The object that computes the loss of targets and predictions of these shapes, to which `operation` has brought
    /// them; throws a `ShapeError` that tells what would fit when it can take neither.
    func makeOperation(_ site: LossSite) throws -> LossOperation
}

extension Loss {
    /// How the values of a batch become one number.
    var reduction: LossReduction {
        LossReduction(rawValue: configuration.string("reduction")) ?? .sumOverBatchSize
    }
    /// The name in logs.
    var name: String { configuration.string("name") }
}

/// How the values of a batch become one number.
package enum LossReduction: String, Sendable, CaseIterable {
    case sumOverBatchSize = "sum_over_batch_size"
    case sum
    case mean
    case meanWithSampleWeight = "mean_with_sample_weight"
    case none
}

extension Argument {
    /// The arguments that every loss takes, with the name that Keras gives it.
    static func loss(_ name: String) -> [Argument] {
        [
            Argument("name", .string, default: .string(name)),
            .choice("reduction", LossReduction.allCases.map(\.rawValue), default: "sum_over_batch_size"),
            .legacy("dtype", ["float32"]),
        ]
    }
}

/// What a loss is made for.
package struct LossSite {
    /// The targets' shape, the most rows first.
    package let target: [Int]
    /// The predictions' shape, the most rows first.
    package let prediction: [Int]
    let arena: Arena
    /// How often targets and predictions are repeated along each axis to have these shapes; empty for once.
    var targetRepeats: [Int] = []
    var predictionRepeats: [Int] = []
}

extension LossSite {
    /// A site with memory of its own, at most `memoryLimit` bytes.
    package init(target: [Int], prediction: [Int], memoryLimit: Int) throws(Problem) {
        self.init(target: target, prediction: prediction, arena: try Arena(limit: memoryLimit))
    }
}

/// Computes a loss on batches of one shape.
package class LossOperation {
    /// The shape of the values, the most rows first unless they are the whole batch's.
    package let valueShape: [Int]
    /// Whether the values are the whole batch's, as many for any number of rows.
    package let isForWholeBatch: Bool
    private let valueRowCount: Int

    init(valueShape: [Int], isForWholeBatch: Bool = false) {
        self.valueShape = valueShape
        self.isForWholeBatch = isForWholeBatch
        valueRowCount = isForWholeBatch ? valueShape.reduce(1, *) : valueShape.dropFirst().reduce(1, *)
    }

    /// Values that a batch of `rows` has.
    package final func valueCount(rows: Int) -> Int { isForWholeBatch ? valueRowCount : rows * valueRowCount }

    /// Writes the loss's values.
    package func forward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        values: UnsafeMutablePointer<Float>
    ) {}

    /// Writes `gradient[i] = Σₖ valueGradient[k] · ∂values[k]/∂prediction[i]`.
    package func backward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        valueGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
    ) {}

    /// Which values count, as the last `forward` found; nil when all do.
    var valueMask: UnsafePointer<UInt8>? { nil }

    /// The activations whose argument, the logits, the loss takes in place of their result, once `logitsActivation` is
    /// set.
    ///
    /// A crossentropy takes the logits of a softmax and of a sigmoid alike for its own, as Keras does on TensorFlow
    /// (`_get_logits` in keras/src/backend/tensorflow/nn.py).
    var logitsActivations: [Activation] { [] }
    /// Into which of `logitsActivations` goes what `prediction` holds; nil when that is the model's output itself.
    var logitsActivation: Activation? { didSet { takesLogits = logitsActivation != nil } }
    /// Whether `prediction` is what goes into one of `logitsActivations`.
    private(set) final var takesLogits = false
    /// Whether the prediction is compared as the model gives it; logits are lost where an axis is taken away.
    var seesOutput = true
}
