import Foundation
import Protocol

/// From `initial_learning_rate` to `end_learning_rate` in `decay_steps`, by a power of what is left; with `cycle` the
/// steps are lengthened again and again (keras/src/optimizers/schedules/learning_rate_schedule.py).
struct PolynomialDecay: FormulaSchedule {
    static let className = "PolynomialDecay"
    static let arguments: [Argument] = [
        .initialRate, .steps("decay_steps"), .number("end_learning_rate", default: 0.0001),
        .number("power", default: 1.0), .boolean("cycle", default: false),
        .string("name", default: "PolynomialDecay"),
    ]

    let configuration: Arguments
    private let initial: Float
    private let steps: Float
    private let end: Float
    private let power: Float
    private let isCyclic: Bool

    init(_ arguments: Arguments) {
        configuration = arguments
        initial = arguments.float("initial_learning_rate")
        steps = arguments.float("decay_steps")
        end = arguments.float("end_learning_rate")
        power = arguments.float("power")
        isCyclic = arguments.bool("cycle")
    }

    func rate(at step: Float) -> Float {
        var part = min(step, steps) / steps
        if isCyclic { part = step == 0 ? 0 : step / (steps * (step / steps).rounded(.up)) }
        return (initial - end) * powf(1 - part, power) + end
    }
}
