import Protocol

/// `initial_learning_rate / (1 + decay_rate · step / decay_steps)`, the quotient in whole steps with `staircase`
/// (keras/src/optimizers/schedules/learning_rate_schedule.py).
struct InverseTimeDecay: FormulaSchedule {
    static let className = "InverseTimeDecay"
    static let arguments: [Argument] = [
        .initialRate, .steps("decay_steps"), .number("decay_rate"), .boolean("staircase", default: false),
        .string("name", default: "InverseTimeDecay"),
    ]

    let configuration: Arguments
    private let initial: Float
    private let steps: Float
    private let decay: Float
    private let isStaircase: Bool

    init(_ arguments: Arguments) {
        configuration = arguments
        initial = arguments.float("initial_learning_rate")
        steps = arguments.float("decay_steps")
        decay = arguments.float("decay_rate")
        isStaircase = arguments.bool("staircase")
    }

    func rate(at step: Float) -> Float {
        let part = step / steps
        return initial / (1 + decay * (isStaircase ? part.rounded(.down) : part))
    }
}
