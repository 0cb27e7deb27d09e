import Kernels
import Protocol

/// Connectionist temporal classification: how probable it is that the steps of a sequence spell a row of labels
/// (Graves et al., 2006; `ctc` in keras/src/losses/losses.py).
///
/// Predictions are logits of shape (None, steps, classes), targets of shape (None, labels), where 0 stands for no label.
struct CTC: Loss {
    static let className = "CTC"
    static let arguments = Argument.loss("ctc")

    static let fit = TargetFit.own

    let configuration: Arguments

    init(_ arguments: Arguments) { configuration = arguments }

    func makeOperation(_ site: LossSite) throws -> LossOperation { try CTCOperation(site) }
}

private final class CTCOperation: LossOperation {
    private let ctc: Kernels.CTC
    private let labels: Int
    private let predictions: Int

    init(_ site: LossSite) throws {
        let (target, prediction) = (site.target, site.prediction)
        guard prediction.count == 3, target.count == 2 else {
            throw ShapeError(
                "CTC takes logits of shape (None, steps, classes) and labels of shape (None, length), not predictions of shape \(Shape(prediction).batch(nil)) and targets of shape \(Shape(target).batch(nil))."
            )
        }
        labels = target[1]
        predictions = prediction[1] * prediction[2]
        let scratch = Kernels.CTC.scratchCount(steps: prediction[1], classes: prediction[2], labels: labels)
        ctc = Kernels.CTC(
            steps: prediction[1], classes: prediction[2], labels: labels,
            scratch: try site.arena.take(scratch ?? .max))
        super.init(valueShape: [prediction[0]])
    }

    override func forward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        values: UnsafeMutablePointer<Float>
    ) {
        for row in 0..<rows {
            values[row] = ctc.value(target + row * labels, prediction + row * predictions)
        }
    }

    override func backward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        valueGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
    ) {
        for row in 0..<rows {
            ctc.gradient(
                target + row * labels, prediction + row * predictions, scale: valueGradient[row],
                to: gradient + row * predictions)
        }
    }
}
