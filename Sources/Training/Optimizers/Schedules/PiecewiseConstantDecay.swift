import Protocol

/// The first of `values` up to the first of `boundaries`, the second up to the second, and so on
/// (keras/src/optimizers/schedules/learning_rate_schedule.py).
struct PiecewiseConstantDecay: FormulaSchedule {
    static let className = "PiecewiseConstantDecay"
    static let arguments: [Argument] = [
        Argument("boundaries", .numbers), Argument("values", .numbers),
        .string("name", default: "PiecewiseConstant"),
    ]

    let configuration: Arguments
    private let boundaries: [Float]
    private let values: [Float]

    init(_ arguments: Arguments) throws {
        configuration = arguments
        boundaries = arguments.numbers("boundaries").map { Float($0) }
        values = arguments.numbers("values").map { Float($0) }
        guard boundaries.count == values.count - 1 else {
            throw ArgumentError(
                "values",
                "values has one number more than boundaries, not \(values.count) and \(boundaries.count).")
        }
        guard !boundaries.isEmpty, zip(boundaries, boundaries.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw ArgumentError("boundaries", "boundaries are one or more rising numbers of steps.")
        }
    }

    func rate(at step: Float) -> Float {
        var index = 0
        while index < boundaries.count, step > boundaries[index] { index += 1 }
        return values[index]
    }
}
