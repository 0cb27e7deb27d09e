import Foundation
import Protocol

/// Down along half a cosine again and again: each time `t_mul` times as long, from `m_mul` times as high, to `alpha` of
/// the initial rate (Loshchilov and Hutter, 2016; keras/src/optimizers/schedules/learning_rate_schedule.py).
struct CosineDecayRestarts: FormulaSchedule {
    static let className = "CosineDecayRestarts"
    static let arguments: [Argument] = [
        .initialRate, .steps("first_decay_steps"),
        .number("t_mul", in: 1...Double.greatestFiniteMagnitude, default: 2.0),
        .number("m_mul", default: 1.0), .number("alpha", default: 0.0), .string("name", default: "SGDRDecay"),
    ]

    let configuration: Arguments
    private let initial: Float
    private let steps: Float
    private let timeFactor: Float
    private let rateFactor: Float
    private let alpha: Float

    init(_ arguments: Arguments) {
        configuration = arguments
        initial = arguments.float("initial_learning_rate")
        steps = arguments.float("first_decay_steps")
        timeFactor = arguments.float("t_mul")
        rateFactor = arguments.float("m_mul")
        alpha = arguments.float("alpha")
    }

    func rate(at step: Float) -> Float {
        var part = step / steps
        let restarts: Float
        if timeFactor == 1 {
            restarts = part.rounded(.down)
            part -= restarts
        } else {
            restarts = (logf(1 - part * (1 - timeFactor)) / logf(timeFactor)).rounded(.down)
            let length = powf(timeFactor, restarts)
            part = (part - (1 - length) / (1 - timeFactor)) / length
        }
        let cosine = 0.5 * powf(rateFactor, restarts) * (1 + cosf(.pi * part))
        return initial * ((1 - alpha) * cosine + alpha)
    }
}
