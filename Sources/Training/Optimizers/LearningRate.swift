import Protocol

/// A learning rate: a number, or a schedule over the steps.
package enum LearningRate: Sendable {
    case constant(Double)
    case schedule(any LearningRateSchedule)

    /// Reads a number or a schedule; notes what is wrong and gives nil.
    init?(reading value: JSONValue, at place: JSONPointer, faults: Faults) {
        if case .object = value {
            guard let schedule = Registry.schedules.read(value, at: place, faults: faults) else { return nil }
            self = .schedule(schedule)
            return
        }
        guard let number = value.number, number >= 0, number.isFinite else {
            faults.add(place, "A learning rate is a number from 0 or a schedule, not \(value.brief).")
            return nil
        }
        self = .constant(number)
    }

    /// The form that Keras writes.
    var json: JSONValue {
        switch self {
        case .constant(let value): .number(value)
        case .schedule(let schedule): Registry.schedules.json(schedule)
        }
    }

    /// The rate of a step, counted from 0.
    func rate(at step: Int) -> Float {
        switch self {
        case .constant(let value): Float(value)
        case .schedule(let schedule): schedule.rate(at: step)
        }
    }
}

/// A learning rate that depends on the step (`keras.optimizers.schedules`).
package protocol LearningRateSchedule: Configurable {
    /// The rate of a step, counted from 0.
    func rate(at step: Int) -> Float
}
