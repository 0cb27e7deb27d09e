import Kernels
import Protocol

/// A metric that is an expression of `y_true` and `y_pred`, averaged as Keras averages a function's values: over the
/// samples where each has a value, else over the batches.
struct ExpressionMetric: Metric {
    static let className = "Expression"
    static let arguments = UserExpression.arguments
    static let direction: MetricDirection? = nil
    static let vocabulary = Vocabulary<any Metric>(
        "metric", module: "keras.metrics",
        [.init(className: className, aliases: [], arguments: arguments) { try ExpressionMetric($0) }])

    let configuration: Arguments
    private let expression: UserExpression

    /// Reads an object with an expression; notes what is wrong and gives nil.
    static func read(_ value: JSONValue, at place: JSONPointer, faults: Faults) -> (any Metric)? {
        UserExpression.read(value, at: place, as: vocabulary, faults: faults)
    }

    init(_ arguments: Arguments) throws {
        configuration = arguments
        expression = try UserExpression(arguments, inputs: ["y_true", "y_pred"])
    }

    func makeOperation(_ site: MetricSite) throws -> MetricOperation {
        let program = try expression.program(
            [
                ExpressionInput("y_true", batch: site.target),
                ExpressionInput("y_pred", batch: site.prediction),
            ],
            for: "metric")
        let rows = site.prediction[0]
        return try ExpressionMetricOperation(
            try UserExpression.makeRun(program, rows: rows, arena: site.arena),
            ExpressionValues(program, rows: rows), site)
    }
}

private final class ExpressionMetricOperation: MeanMetricOperation {
    private let run: ExpressionRun

    init(_ run: ExpressionRun, _ values: ExpressionValues, _ site: MetricSite) throws {
        self.run = run
        try super.init(site, values: values.shape, isForWholeBatch: values.isForWholeBatch)
    }

    override func write(_ batch: MetricBatch, to values: UnsafeMutablePointer<Float>) {
        run.bind(input: 0, to: batch.target)
        run.bind(input: 1, to: batch.prediction)
        let result = run.forward(rows: batch.rows)
        guard let base = result.baseAddress else { return }
        Kernels.copy(base, to: values, count: result.count)
    }
}
