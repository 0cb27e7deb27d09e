import Protocol

/// A learning rate: a number, or a schedule over the steps.
package enum LearningRate: Sendable {
    case constant(Double)
    case schedule(any LearningRateSchedule)

    /// Reads a number, a schedule, or an expression of the step; notes what is wrong and gives nil.
    package init?(reading value: JSONValue, at place: JSONPointer, faults: Faults) {
        if case .object = value {
            let read = UserExpression.isOne(value) ? ExpressionSchedule.read : Registry.schedules.read
            guard let schedule = read(value, place, faults) else { return nil }
            self = .schedule(schedule)
            return
        }
        guard let number = value.number, number >= 0, number.isFinite else {
            faults.add(place, "A learning rate is a number from 0 or a schedule, not \(value.brief).")
            return nil
        }
        self = .constant(number)
    }

    /// The form that Keras writes, or that an expression is written in.
    var json: JSONValue {
        switch self {
        case .constant(let value): .number(value)
        case .schedule(let schedule as ExpressionSchedule): .object(schedule.configuration.config)
        case .schedule(let schedule): Registry.schedules.json(schedule)
        }
    }

    /// The object that gives the rates of a fit.
    package func makeRun() throws -> LearningRateRun {
        switch self {
        case .constant(let value): ConstantRate(Float(value))
        case .schedule(let schedule): try schedule.makeRun()
        }
    }
}

/// Gives the learning rates of one fit.
package class LearningRateRun {
    /// The rate of a step, counted from 0.
    package func rate(at step: Int) -> Float { 0 }
}

private final class ConstantRate: LearningRateRun {
    private let value: Float

    init(_ value: Float) { self.value = value }

    override func rate(at step: Int) -> Float { value }
}

/// A learning rate that depends on the step (`keras.optimizers.schedules`).
package protocol LearningRateSchedule: Configurable {
    /// The object that gives the rates of a fit.
    func makeRun() throws -> LearningRateRun
}

/// A schedule that is a formula, calculated in single precision as Keras does.
protocol FormulaSchedule: LearningRateSchedule {
    /// The rate of a step, counted from 0.
    func rate(at step: Float) -> Float
}

extension FormulaSchedule {
    package func makeRun() -> LearningRateRun { FormulaRate(self) }
}

private final class FormulaRate<Schedule: FormulaSchedule>: LearningRateRun {
    private let schedule: Schedule

    init(_ schedule: Schedule) { self.schedule = schedule }

    override func rate(at step: Int) -> Float { schedule.rate(at: Float(step)) }
}

extension Argument {
    /// A number of steps, above 0.
    static func steps(_ name: String) -> Argument {
        .number(name, in: Double.leastNonzeroMagnitude...Double.greatestFiniteMagnitude)
    }

    /// `initial_learning_rate`.
    static let initialRate = Argument.number(
        "initial_learning_rate", in: 0...Double.greatestFiniteMagnitude)
}
