import Kernels
import Protocol

/// A loss that is an expression of `y_true` and `y_pred`: `K.mean(K.square(y_true - y_pred), axis=-1)`. Its values are
/// weighted and reduced as those of Keras's losses.
struct ExpressionLoss: Loss {
    static let className = "Expression"
    static let arguments: [Argument] =
        UserExpression.arguments + Argument.loss("").filter { $0.name == "reduction" }
    static let vocabulary = Vocabulary<any Loss>(
        "loss", module: "keras.losses",
        [.init(className: className, aliases: [], arguments: arguments) { try ExpressionLoss($0) }])

    static let fit = TargetFit.own

    let configuration: Arguments
    private let expression: UserExpression

    /// Reads an object with an expression; notes what is wrong and gives nil.
    static func read(_ value: JSONValue, at place: JSONPointer, faults: Faults) -> (any Loss)? {
        UserExpression.read(value, at: place, as: vocabulary, faults: faults)
    }

    init(_ arguments: Arguments) throws {
        configuration = arguments
        expression = try UserExpression(arguments, inputs: ["y_true", "y_pred"])
    }

    func makeOperation(_ site: LossSite) throws -> LossOperation {
        let (target, prediction) = ShapeFit.sameRank(site.target, site.prediction)
        let program = try expression.program(
            [
                ExpressionInput("y_true", batch: target),
                ExpressionInput("y_pred", batch: prediction, isDifferentiable: true),
            ], for: "loss")
        guard program.reaches(input: 1) else {
            throw Problem(
                .unprocessable,
                "The loss '\(expression.name)' has no gradient by y_pred, so nothing can be learnt.")
        }
        let rows = site.prediction[0]
        return ExpressionLossOperation(
            try UserExpression.makeRun(program, rows: rows, arena: site.arena),
            ExpressionValues(program, rows: rows), rowCount: site.prediction.dropFirst().reduce(1, *))
    }
}

private final class ExpressionLossOperation: LossOperation {
    private let run: ExpressionRun
    private let rowCount: Int

    init(_ run: ExpressionRun, _ values: ExpressionValues, rowCount: Int) {
        self.run = run
        self.rowCount = rowCount
        super.init(valueShape: values.shape, isForWholeBatch: values.isForWholeBatch)
    }

    override func forward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        values: UnsafeMutablePointer<Float>
    ) {
        run.bind(input: 0, to: target)
        run.bind(input: 1, to: prediction)
        guard let result = run.forward(rows: rows).baseAddress else { return }
        Kernels.copy(result, to: values, count: valueCount(rows: rows))
    }

    override func backward(
        rows: Int, target: UnsafePointer<Float>, prediction: UnsafePointer<Float>,
        valueGradient: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
    ) {
        run.backward(outputGradient: valueGradient)
        guard let result = run.gradient(ofInput: 1) else { return }
        Kernels.copy(result, to: gradient, count: rows * rowCount)
    }
}
