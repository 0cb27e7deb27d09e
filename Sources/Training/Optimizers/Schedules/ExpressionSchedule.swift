import Protocol

/// A learning rate that is an expression of `step`, the number of updates before: `0.1 * 0.5 ** (step // 100)`.
struct ExpressionSchedule: LearningRateSchedule {
    static let className = "Expression"
    static let arguments: [Argument] = [
        .string("name", default: "expression"), .string("expression"),
    ]
    /// How one is read, though it is not among Keras's classes.
    static let vocabulary = Vocabulary<any LearningRateSchedule>(
        "schedule", module: "keras.optimizers.schedules",
        [.init(className: className, aliases: [], arguments: arguments) { try ExpressionSchedule($0) }])

    let configuration: Arguments
    private let program: ExpressionProgram

    init(_ arguments: Arguments) throws {
        configuration = arguments
        do {
            let expression = try Expression(parsing: arguments.string("expression"))
            program = try expression.program(inputs: [ExpressionInput("step", shape: [])])
        } catch let problem as Problem {
            throw ArgumentError("expression", problem.detail)
        }
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
