import Protocol

/// A learning rate that is an expression of `step`, the number of updates before: `0.1 * 0.5 ** (step // 100)`.
struct ExpressionSchedule: LearningRateSchedule {
    static let className = "Expression"
    static let arguments = UserExpression.arguments
    static let vocabulary = Vocabulary<any LearningRateSchedule>(
        "schedule", module: "keras.optimizers.schedules",
        [.init(className: className, aliases: [], arguments: arguments) { try ExpressionSchedule($0) }])

    let configuration: Arguments
    private let program: ExpressionProgram

    /// Reads an object with an expression; notes what is wrong and gives nil.
    static func read(_ value: JSONValue, at place: JSONPointer, faults: Faults) -> (any LearningRateSchedule)?
    {
        UserExpression.read(value, at: place, as: vocabulary, faults: faults)
    }

    init(_ arguments: Arguments) throws {
        configuration = arguments
        let expression = try UserExpression(arguments, inputs: ["step"])
        program = try expression.program([ExpressionInput("step", shape: [])], for: "schedule")
        guard program.outputShape.isEmpty else {
            throw ArgumentError("expression", "A learning rate is one number, not an array of them.")
        }
    }

    func makeRun() throws -> LearningRateRun { ExpressionRate(try program.makeRun(maximumRows: 1)) }
}

private final class ExpressionRate: LearningRateRun {
    private let run: ExpressionRun

    init(_ run: ExpressionRun) { self.run = run }

    override func rate(at step: Int) -> Float { run.evaluate(Float(step)) }
}
