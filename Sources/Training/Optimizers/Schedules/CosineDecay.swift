import Foundation
import Protocol

/// Up to `warmup_target` in `warmup_steps` if there is one, then down to `alpha` of it along half a cosine in
/// `decay_steps` (keras/src/optimizers/schedules/learning_rate_schedule.py).
struct CosineDecay: FormulaSchedule {
    static let className = "CosineDecay"
    static let arguments: [Argument] = [
        .initialRate, .steps("decay_steps"), .number("alpha", default: 0.0),
        .string("name", default: "CosineDecay"), .number("warmup_target", default: .null),
        .number("warmup_steps", in: 0...Double.greatestFiniteMagnitude, default: 0),
    ]

    let configuration: Arguments
    private let initial: Float
    private let steps: Float
    private let alpha: Float
    private let target: Float?
    private let warmupSteps: Float

    init(_ arguments: Arguments) {
        configuration = arguments
        initial = arguments.float("initial_learning_rate")
        steps = arguments.float("decay_steps")
        alpha = arguments.float("alpha")
        target = arguments.optionalNumber("warmup_target").map { Float($0) }
        warmupSteps = arguments.float("warmup_steps")
    }

    func rate(at step: Float) -> Float {
        guard let target else { return decayed(min(step, steps), from: initial) }
        let held = min(step, steps + warmupSteps)
        if held < warmupSteps { return (target - initial) * (held / warmupSteps) + initial }
        return decayed(held - warmupSteps, from: target)
    }

    private func decayed(_ step: Float, from rate: Float) -> Float {
        rate * ((1 - alpha) * 0.5 * (1 + cosf(.pi * (step / steps))) + alpha)
    }
}
